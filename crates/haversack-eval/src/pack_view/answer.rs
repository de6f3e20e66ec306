use super::{Gold, PackView};

/// 1 if a gold answer [stands](Words::hold) in the text, else 0.
pub(crate) fn contained(gold: &Gold, pack: &PackView) -> Option<f64> {
    if gold.answers.is_empty() {
        return None;
    }
    let words = Words::of(&pack.text);
    let found = gold.answers.iter().any(|answer| words.hold(answer));
    Some(if found { 1.0 } else { 0.0 })
}

/// The words of a text.
///
/// Words are runs of letters and digits, in lower case; the articles a, an and the are left out, as SQuAD's
/// evaluation does (Rajpurkar et al., EMNLP 2016).
pub(crate) struct Words<'a> {
    text: &'a str,
    words: Vec<String>,
}

impl<'a> Words<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self { text, words: words(text) }
    }

    /// Whether the words of an answer stand in the text in order and unbroken. An answer without words is looked
    /// for as it stands.
    pub(crate) fn hold(&self, answer: &str) -> bool {
        let wanted = words(answer);
        if wanted.is_empty() {
            let literal = answer.trim();
            return !literal.is_empty() && self.text.contains(literal);
        }
        self.words.windows(wanted.len()).any(|window| window == wanted)
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|word| !matches!(word.as_str(), "a" | "an" | "the"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(answers: &[&str], text: &str) -> Option<f64> {
        let gold = Gold { answers: answers.iter().map(|a| (*a).to_owned()).collect(), ..Gold::default() };
        contained(&gold, &PackView { text: text.to_owned(), passages: vec![] })
    }

    #[test]
    fn words_in_order_and_unbroken() {
        assert_eq!(ask(&["G. Stanley Hall"], "led by G Stanley\n**Hall**, first president"), Some(1.0));
        assert_eq!(ask(&["35"], "there are 350 stores"), Some(0.0));
        assert_eq!(ask(&["35"], "there are 35."), Some(1.0));
        assert_eq!(ask(&["a cat", "dog"], "the dog"), Some(1.0));
        assert_eq!(ask(&["red blue"], "red or blue"), Some(0.0));
        assert_eq!(ask(&["--"], "run with -- to end"), Some(1.0));
        assert_eq!(ask(&["the"], "nothing"), Some(0.0));
        assert_eq!(ask(&[" "], "nothing"), Some(0.0));
        assert_eq!(ask(&["x"], ""), Some(0.0));
        assert_eq!(ask(&[], "x"), None);
    }
}
