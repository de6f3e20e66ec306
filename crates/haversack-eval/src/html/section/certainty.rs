use super::Section;
use crate::html::number::{count, percent, plain, probability, range};
use crate::{Comparison, Noise, Power};

pub(super) const SECTION: Section = Section {
    id: "certainty",
    heading: "Noise and power",
    shown: super::always,
    write: |html, page, _| {
        let comparison = &page.comparison;
        html.element("p", &[], &noise(comparison));
        html.element("p", &[], &power(&comparison.power));
        if let Some(sequential) = &comparison.sequential {
            html.element(
                "p",
                &[],
                &format!(
                    "The test that may be looked at after every task {} after {} of {} tasks: {}, interval {}.",
                    if sequential.stopped { "stopped" } else { "did not stop" },
                    count(sequential.tasks as u64),
                    count(comparison.tasks as u64),
                    probability("p", sequential.p_value),
                    range(&sequential.effect)
                ),
            );
        }
    },
};

fn noise(comparison: &Comparison) -> String {
    let Noise { trials, deviation, floor } = comparison.noise;
    let (Some(deviation), Some(floor)) = (deviation, floor) else {
        return "Each task was asked once in each version, so this run cannot tell how far an agent's answers to the same \
                context differ by chance. Ask with several trials to know."
            .to_owned();
    };
    let effect = comparison.effect.mean.abs();
    format!(
        "With {} trials of each task, scores of the same task and context scatter with a standard deviation of {}. \
         Chance alone moves the mean of this suite by more than {} in 5\u{a0}% of repetitions; the effect found is {} that.",
        count(trials as u64),
        plain(deviation),
        plain(floor),
        if effect > floor { "larger than" } else { "within" }
    )
}

fn power(power: &Power) -> String {
    let Power { alpha, power: chance, smallest_effect, wanted, tasks_needed } = *power;
    let mut words = format!(
        "This suite sees a true effect of {} or more in {} of comparisons at a significance level of {}.",
        plain(smallest_effect),
        percent(chance),
        percent(alpha)
    );
    if let (Some(wanted), Some(tasks)) = (wanted, tasks_needed) {
        words.push_str(&format!(" To see {} with that chance takes {} tasks.", plain(wanted), count(tasks)));
    }
    words
}
