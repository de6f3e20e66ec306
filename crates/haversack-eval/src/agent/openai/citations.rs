use haversack_model::Pack;

/// The passages that a text cites, in its order, each once: numbers in brackets (`[1]`, `[2, 3]`, `[4-6]`), and
/// citations that are written out.
///
/// A number without a passage stays as it is, `[9]`: that a model makes up sources is worth knowing. What stands in
/// backticks is code, whose brackets cite nothing.
pub(super) fn of(text: &str, pack: &Pack) -> Vec<String> {
    let prose = prose(text);
    let mut found: Vec<(usize, String)> = Vec::new();
    for (place, numbers) in brackets(&prose) {
        found.extend(numbers.into_iter().map(|number| (place, name(number, pack))));
    }
    for passage in &pack.passages {
        if let Some(place) = text.find(passage.citation.as_str()).filter(|_| !passage.citation.is_empty()) {
            found.push((place, passage.citation.clone()));
        }
    }
    // Stable: numbers of one bracket stay in their order.
    found.sort_by_key(|(place, _)| *place);
    let mut cited: Vec<String> = Vec::new();
    for (_, citation) in found {
        if !cited.contains(&citation) {
            cited.push(citation);
        }
    }
    cited
}

/// The text without numbers in brackets.
pub(super) fn without(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (place, _) in brackets(text) {
        out.push_str(&text[from..place]);
        from = text[place..].find(']').map_or(text.len(), |end| place + end + 1);
    }
    out.push_str(&text[from..]);
    out
}

fn name(number: usize, pack: &Pack) -> String {
    let passage = number.checked_sub(1).and_then(|index| pack.passages.get(index));
    passage.map_or_else(|| format!("[{number}]"), |passage| passage.citation.clone())
}

/// The text with code blanked out, at the same places.
fn prose(text: &str) -> String {
    let parts = text
        .split('`')
        .enumerate()
        .map(|(i, part)| if i % 2 == 0 { part.to_owned() } else { " ".repeat(part.len()) });
    parts.collect::<Vec<_>>().join("`")
}

/// Every bracket that holds numbers, with its place.
fn brackets(text: &str) -> Vec<(usize, Vec<usize>)> {
    let inside = |start: usize| text[start + 1..].split_once(']').and_then(|(inside, _)| numbers(inside));
    text.match_indices('[').filter_map(|(start, _)| Some((start, inside(start)?))).collect()
}

/// `1`, `1, 2`, `1;2`, `1-3`; nothing else, and no number of more than three digits.
fn numbers(inside: &str) -> Option<Vec<usize>> {
    let mut all = Vec::new();
    for part in inside.split([',', ';']) {
        let (first, last) = part.split_once(['-', '\u{2013}']).unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return None;
        }
        all.extend(first..=last);
    }
    Some(all)
}

fn number(text: &str) -> Option<usize> {
    let text = text.trim();
    let is_number = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agent::samples::pack;

    fn cited(text: &str) -> Vec<String> {
        of(text, &pack("x", &[("d/a.md", "x"), ("d/b.md", "y"), ("d/ü.md", "z")]))
    }

    #[test]
    fn numbers_are_those_of_the_pack() {
        assert_eq!(cited("It is so [2]. And so[1][2]."), ["d/b.md#L1-L2", "d/a.md#L1-L2"]);
        assert_eq!(cited("ü [1, 3]"), ["d/a.md#L1-L2", "d/ü.md#L1-L2"]);
        assert_eq!(cited("[1-2] and [2\u{2013}3]"), ["d/a.md#L1-L2", "d/b.md#L1-L2", "d/ü.md#L1-L2"]);
        assert_eq!(cited("see d/b.md#L1-L2, [1]"), ["d/b.md#L1-L2", "d/a.md#L1-L2"]);
    }

    #[test]
    fn what_cites_nothing_and_what_is_made_up() {
        assert_eq!(cited("[9] [0]"), ["[9]", "[0]"]);
        assert_eq!(cited("`a[1]` and ```\nb[2]\n``` [x] [] [1 [2024] [3-1] [-1]"), [""; 0]);
        assert_eq!(without("no [1], [2, 3] or [x]"), "no ,  or [x]");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([\\[\\]`,;0-9a-zü \u{2013}-]|.){0,40}") {
            let all = cited(&text);
            prop_assert!(all.iter().enumerate().all(|(i, one)| !all[..i].contains(one)));
            without(&text);
        }
    }
}
