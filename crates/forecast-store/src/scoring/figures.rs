use std::collections::BTreeSet;

use forecast_score::{SIGMA_SCALE, Tally, Thirds, bootstrap};
use forecast_types::{HORIZON, Interval};
use jiff::Timestamp;

use super::session::Score;
use super::{SessionScore, Worst};
use crate::{
    Coverage, GroupCoverage, HorizonCoverage, Miss, RecordSummary, SessionCoverage, Share, Skill, Unscored,
};

const VOLATILITIES: [&str; 3] = ["calm", "middle", "wild"];

impl RecordSummary {
    /// Summarizes sessions, oldest first; `None` if there are none.
    pub(crate) fn of(
        sessions: Vec<SessionScore>,
        outcomes_recorded: u64,
        sealed_at: Timestamp,
    ) -> Option<Self> {
        let (first_session, last_session) = (sessions.first()?.session, sessions.last()?.session);
        let (by_volatility, volatility_edges) = by_volatility(&sessions);
        let by_report = vec![
            group("with_report", &sessions, |score| score.knew_of_report),
            group("without_report", &sessions, |score| !score.knew_of_report),
        ];

        let dates: Vec<Tally> = sessions
            .iter()
            .filter(|session| session.tally.windows > 0.0)
            .map(|session| session.tally.clone())
            .collect();
        let mut all = Tally::default();
        dates.iter().for_each(|tally| all.add(tally));
        let sum = |count: fn(&SessionScore) -> u64| sessions.iter().map(count).sum();
        let outcomes = all.windows * HORIZON as f64;
        Some(Self {
            market: sessions.last()?.market?,
            models: sessions
                .iter()
                .flat_map(|session| &session.models)
                .cloned()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            sealed_at,
            first_session,
            last_session,
            sessions: sessions.len() as u64,
            forecasts: sum(|session| session.forecasts),
            outcomes: outcomes_recorded,
            scored: all.windows as u64,
            pending: sum(|session| session.pending),
            unscored: Unscored {
                delisted: sum(|session| session.unscored.delisted),
                not_recorded: sum(|session| session.unscored.not_recorded),
            },
            coverage: over_all_horizons(&dates, &all),
            by_horizon: by_horizon(&dates, &all),
            by_volatility,
            volatility_edges,
            by_report,
            between_levels: all
                .between_levels
                .map(|count| if outcomes > 0.0 { count / outcomes } else { 0.0 }),
            skill: skill(&dates, &all),
            by_session: sessions.iter().map(by_session).collect(),
            worst: worst(sessions),
        })
    }
}

/// Returns the thirds by recent volatility, and the edges between them.
fn by_volatility(sessions: &[SessionScore]) -> (Vec<GroupCoverage>, [f64; 2]) {
    let scores = sessions.iter().flat_map(|session| &session.scored);
    let thirds = Thirds::of(scores.map(|score| score.fast_sigma).collect());
    let groups = VOLATILITIES.iter().enumerate().map(|(third, name)| {
        let is_in = |score: &Score| thirds.is_some_and(|thirds| thirds.third(score.fast_sigma) == third);
        group(name, sessions, is_in)
    });
    let edges = thirds.map_or([0.0; 2], |thirds| thirds.edges().map(|edge| f64::from(edge) / SIGMA_SCALE));
    (groups.collect(), edges)
}

fn worst(sessions: Vec<SessionScore>) -> Vec<Miss> {
    let mut worst = Worst::default();
    sessions.into_iter().for_each(|session| worst.extend(session.worst));
    worst.first()
}

fn skill(dates: &[Tally], all: &Tally) -> Option<Skill> {
    let figures = |tally: &Tally| [tally.ratio(0), tally.ratio(1), tally.median_ratio()];
    let [over_ewma, over_blend, median_over_no_change] = figures(all);
    let is_known = [over_ewma, over_blend, median_over_no_change].iter().all(|figure| figure.is_finite());
    let [over_ewma_between, over_blend_between, median_over_no_change_between] =
        bootstrap::intervals(dates, figures);
    is_known.then_some(Skill {
        over_blend,
        over_blend_between,
        over_ewma,
        over_ewma_between,
        median_over_no_change,
        median_over_no_change_between,
    })
}

/// Scores one group of forecasts.
fn group(name: &str, sessions: &[SessionScore], is_in: impl Fn(&Score) -> bool) -> GroupCoverage {
    let tally = |session: &SessionScore| {
        let mut tally = Tally::default();
        session.scored.iter().filter(|score| is_in(score)).for_each(|score| score.add_to(&mut tally));
        tally
    };
    let dates: Vec<Tally> = sessions.iter().map(tally).filter(|tally| tally.windows > 0.0).collect();
    let mut all = Tally::default();
    dates.iter().for_each(|tally| all.add(tally));
    GroupCoverage {
        group: name.to_owned(),
        forecasts: all.windows as u64,
        coverage: over_all_horizons(&dates, &all),
        over_blend: Some(all.ratio(1)).filter(|ratio| ratio.is_finite()),
    }
}

fn over_all_horizons(dates: &[Tally], all: &Tally) -> [Coverage; 3] {
    let between = bootstrap::intervals(dates, |tally| [0, 1, 2].map(|interval| tally.coverage(interval)));
    std::array::from_fn(|interval| {
        let inside = all.inside.iter().map(|inside| inside[interval]).sum::<f64>() as u64;
        let held = Share { inside, of: all.windows as u64 * HORIZON as u64 };
        Coverage { level: Interval::ALL[interval].level(), held, between: between[interval] }
    })
}

fn by_horizon(dates: &[Tally], all: &Tally) -> Vec<HorizonCoverage> {
    let coverage = |ahead: usize| {
        let between =
            bootstrap::intervals(dates, |tally| [0, 1, 2].map(|interval| tally.coverage_at(ahead, interval)));
        std::array::from_fn(|interval| {
            let held = Share { inside: all.inside[ahead][interval] as u64, of: all.windows as u64 };
            Coverage { level: Interval::ALL[interval].level(), held, between: between[interval] }
        })
    };
    (0..HORIZON)
        .map(|ahead| HorizonCoverage { sessions: ahead as u32 + 1, coverage: coverage(ahead) })
        .collect()
}

fn by_session(score: &SessionScore) -> SessionCoverage {
    SessionCoverage {
        session: score.session,
        forecasts: score.forecasts,
        scored: score.tally.windows as u64,
        inside: score.tally.inside.map(|inside| inside.map(|count| count as u64)),
        over_blend: Some(score.tally.ratio(1)).filter(|ratio| ratio.is_finite()),
    }
}
