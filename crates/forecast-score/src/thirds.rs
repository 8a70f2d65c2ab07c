/// Splits forecasts into three groups of equal size by their recent volatility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thirds([i32; 2]);

impl Thirds {
    /// Finds the edges, given the recent volatility of every forecast; `None` if there are no forecasts.
    #[must_use]
    pub fn of(mut volatilities: Vec<i32>) -> Option<Self> {
        if volatilities.is_empty() {
            return None;
        }
        volatilities.sort_unstable();
        let at = |third: usize| volatilities[volatilities.len() * third / 3];
        Some(Self([at(1), at(2)]))
    }

    /// Returns the third that a forecast belongs to: 0 is the calmest, 2 the most volatile.
    #[must_use]
    pub fn third(self, volatility: i32) -> usize {
        self.0.partition_point(|&edge| edge <= volatility)
    }

    /// Returns the lowest volatility of the middle and of the most volatile third.
    #[must_use]
    pub fn edges(self) -> [i32; 2] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_third_has_a_third_of_the_forecasts() {
        let thirds = Thirds::of(vec![9, 1, 8, 2, 7, 3, 6, 4, 5]).unwrap();
        let counts = (1..=9).fold([0; 3], |mut counts, volatility| {
            counts[thirds.third(volatility)] += 1;
            counts
        });
        assert_eq!(counts, [3, 3, 3]);
        assert_eq!(Thirds::of(Vec::new()), None);
    }
}
