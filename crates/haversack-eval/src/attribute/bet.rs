/// Capital of a bettor who says, before each pair of outcomes, which one will be better.
///
/// Without an effect a pair is as likely one way as the other, so no bettor grows rich: the capital, which begins at 1, is an
/// e-process, and `1 / capital` a p-value whenever one stops to look (Ville 1939; Shafer 2021). Half of the capital bets .5
/// of itself each time, half bets .9; ties leave it as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bet([f64; 2]);

const STAKES: [f64; 2] = [0.5, 0.9];

impl Bet {
    pub(crate) fn new() -> Self {
        Self([1.0, 1.0])
    }

    /// A pair went as foretold (above 0), the other way (below), or was a tie.
    pub(crate) fn play(&mut self, difference: f64) {
        let sign = if difference > 0.0 { 1.0 } else { -1.0 };
        if difference != 0.0 {
            self.0.iter_mut().zip(STAKES).for_each(|(capital, stake)| *capital *= 1.0 + sign * stake);
        }
    }

    pub(crate) fn capital(&self) -> f64 {
        f64::midpoint(self.0[0], self.0[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Random;

    #[test]
    fn a_bettor_without_an_edge_seldom_grows_rich() {
        let mut random = Random::new(5);
        let rich = |random: &mut Random| {
            let mut bet = Bet::new();
            (0..200).any(|_| {
                bet.play(if random.below(2) == 0 { 1.0 } else { -1.0 });
                bet.capital() >= 10.0
            })
        };
        let share = (0..4000).filter(|_| rich(&mut random)).count() as f64 / 4000.0;
        assert!(share <= 0.1, "{share} of bettors saw a p-value of .1 at some time");
    }

    #[test]
    fn five_wins_suffice_at_a_tenth() {
        let mut bet = Bet::new();
        (0..5).for_each(|_| bet.play(0.3));
        bet.play(0.0);
        assert!(bet.capital() > 10.0 && bet.capital() < 20.0);
        bet.play(-1.0);
        assert!(bet.capital() < 10.0);
    }
}
