"""Draws promised against observed coverage, by volatility and by horizon, as a small SVG."""

WIDTH, HEIGHT = 680, 330
LEFT, TOP, PLOT, GAP = 56, 44, 230, 100
COLORS = ("#2c7fb8", "#5e4fa2", "#c0392b")
PROMISES = (50, 80, 90)


def text(x: float, y: float, words: str, anchor: str = "middle", color: str = "#444", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size}">{words}</text>'


def line(points: list, color: str, dashes: str = "") -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"{dashed}/>'


def panel(left: float, title: str, names: list, shares: list) -> list:
    """One plot: places along x, coverage from 40 to 100% along y, the promises dashed."""
    def y(percent: float) -> float:
        return TOP + PLOT * (100 - percent) / 60

    def x(place: int) -> float:
        return left + PLOT * (place + 0.5) / len(names)

    parts = [text(left + PLOT / 2, TOP - 18, title, size=14)]
    for percent in range(40, 101, 10):
        parts.append(f'<line x1="{left}" x2="{left + PLOT}" y1="{y(percent):.1f}" y2="{y(percent):.1f}" stroke="#e5e5e5"/>')
        parts.append(text(left - 8, y(percent) + 4, f"{percent}%", "end"))
    for place, name in enumerate(names):
        if name:
            parts.append(text(x(place), TOP + PLOT + 18, name))
    for k, (promise, color) in enumerate(zip(PROMISES, COLORS)):
        parts.append(line([(left, y(promise)), (left + PLOT, y(promise))], color, "3 4"))
        points = [(x(place), y(100 * row[k])) for place, row in enumerate(shares)]
        parts.append(line(points, color))
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{color}"/>' for a, b in points]
    return parts


def draw(found: dict) -> str:
    by_volatility = panel(LEFT, "by recent volatility", ["calm", "middle", "wild"], found["held_by_volatility"])
    names = [str(h) if h in (1, 4, 7, 10, 14) else "" for h in range(1, 15)]
    by_horizon = panel(LEFT + PLOT + GAP, "by sessions ahead", names, found["held_at"])
    legend = text(WIDTH / 2, HEIGHT - 10, "solid: how often the 50, 80 and 90% ranges held; dashed: what they promise")
    title = "Observed against promised coverage on the test part"
    body = "\n".join([*by_volatility, *by_horizon, legend])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif">\n'
        f'<title>{title}</title>\n<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    )
