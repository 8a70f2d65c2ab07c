"""What was found."""


class Report:
    """Prints findings and counts what is wrong. Each problem has a name that scripts and runbooks can rely on."""

    def __init__(self):
        self.wrong = 0

    def good(self, what):
        print(f"  ok     {what}")

    def note(self, what):
        print(f"  note   {what}")

    def bad(self, name, what, fix):
        self.wrong += 1
        print(f"  WRONG  {name}: {what}\n         fix: {fix}")

    def check(self, name, holds, good, bad, fix):
        if holds:
            self.good(good)
        else:
            self.bad(name, bad, fix)
        return holds
