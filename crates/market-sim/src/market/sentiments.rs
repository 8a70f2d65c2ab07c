//! What people write and search: more on days with news, less on weekends, with a sentiment that follows the price.

use exchange_calendar::is_session;
use jiff::civil::{Date, Weekday};
use rand::rngs::StdRng;
use rand_distr::{Distribution as _, Poisson, StandardNormal};

use super::profile::Profile;
use super::random::stream;
use super::walk::Step;
use super::{Attention, AttentionDay};

/// How much of the excitement is left a day later.
const MEMORY: f64 = 0.55;

/// Simulates the attention from the first session to `last`, inclusive; `None` if no one covers the stock.
pub(super) fn attention(profile: &Profile, seed: u64, steps: &[Step], last: Date) -> Option<Attention> {
    let daily_news = profile.daily_news?;
    let first = steps.first()?.bar.date;
    let mut random = stream(seed, profile.symbol.as_str(), "attention");
    let mut coming = steps.iter().peekable();
    let (mut excitement, mut drift) = (0.0, 0.0);
    let mut sentiment = 0.0;
    let mut days = Vec::new();
    for day in first.series(jiff::Span::new().days(1)).take_while(|&day| day <= last) {
        let step = coming.next_if(|step| step.bar.date == day);
        if let Some(step) = step {
            let report = if step.is_report { 2.5 } else { 0.0 };
            excitement = MEMORY * excitement + 0.3 * step.surprise.abs().min(8.0) + report;
            sentiment = 0.6 * sentiment + 0.4 * (step.surprise / 2.0).tanh();
        } else {
            excitement *= MEMORY;
        }
        drift = 0.9 * drift + 0.12 * normal(&mut random);
        let at_work = if is_session(day) { 1.0 } else { weekend_share(day) };
        let level = at_work * (1.0 + excitement) * f64::exp(drift);
        let news = count(daily_news * level, &mut random);
        let tweets = count(profile.daily_tweets * level * 0.8, &mut random);
        // The mean of many texts varies less than that of a few.
        let mut sentiment_of = |base: f64, lean: f64, count: u32, spread: f64| -> f32 {
            let noise = spread * normal(&mut random) / f64::from(count.max(1)).sqrt();
            ((base + lean * sentiment + noise + 0.06 * normal(&mut random)).clamp(-1.0, 1.0) * 1e4).round()
                as f32
                / 1e4
        };
        let news_sentiment = sentiment_of(0.55, 0.25, news, 0.35);
        let tweet_sentiment = sentiment_of(0.12, 0.2, tweets, 0.4);
        let searches =
            profile.searches * (0.7 + 0.3 * at_work) * (1.0 + 0.6 * excitement) * f64::exp(0.6 * drift);
        days.push(AttentionDay { news, news_sentiment, tweets, tweet_sentiment, searches: searches as f32 });
    }
    Some(Attention { first: Some(first), days })
}

fn weekend_share(day: Date) -> f64 {
    match day.weekday() {
        Weekday::Saturday => 0.22,
        Weekday::Sunday => 0.3,
        _ => 0.4,
    }
}

fn count(mean: f64, random: &mut StdRng) -> u32 {
    Poisson::new(mean.max(1e-6)).map_or(0, |poisson| poisson.sample(random) as u32)
}

fn normal(random: &mut StdRng) -> f64 {
    StandardNormal.sample(random)
}
