//! Where gold answers stand in a text.

use std::ops::Range;

use super::writer::Html;

/// Gold answers that are looked for: as many as the page lists.
const MOST: usize = 20;

/// Bytes of a text where a gold answer stands, ascending and apart.
///
/// Words are compared as the measure `answer` does: runs of letters and digits, in lower case, without the articles a,
/// an and the. An answer without words is looked for as it stands.
pub(super) fn places(text: &str, answers: &[String]) -> Vec<Range<usize>> {
    let words = words(text);
    let mut places = Vec::new();
    for answer in answers.iter().take(MOST) {
        let wanted: Vec<String> = self::words(answer).into_iter().map(|(_, word)| word).collect();
        let literal = answer.trim();
        if wanted.is_empty() {
            if !literal.is_empty() {
                places.extend(text.match_indices(literal).map(|(from, found)| from..from + found.len()));
            }
            continue;
        }
        let windows = words.windows(wanted.len());
        let found = windows.filter(|window| window.iter().map(|(_, word)| word).eq(&wanted));
        places.extend(found.filter_map(|window| Some(window.first()?.0.start..window.last()?.0.end)));
    }
    apart(places)
}

fn apart(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_unstable_by_key(|place| (place.start, place.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match merged.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => merged.push(place),
        }
    }
    merged
}

fn words(text: &str) -> Vec<(Range<usize>, String)> {
    let mut words = Vec::new();
    let mut at = 0;
    for part in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_alphanumeric());
        let lower = word.to_lowercase();
        if !word.is_empty() && !matches!(lower.as_str(), "a" | "an" | "the") {
            words.push((at..at + word.len(), lower));
        }
        at += part.len();
    }
    words
}

/// A stretch of a text, from byte `from`, escaped, with `places` of the whole text marked.
pub(super) fn write(html: &mut Html, text: &str, from: usize, places: &[Range<usize>]) {
    let to = from + text.len();
    let mut at = from;
    let first = places.partition_point(|place| place.end <= from);
    for place in places[first..].iter().take_while(|place| place.start < to) {
        let (start, end) = (place.start.max(from), place.end.min(to));
        html.text(&text[at - from..start - from]);
        html.element("mark", &[], &text[start - from..end - from]);
        at = end;
    }
    html.text(&text[at - from..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(text: &str, answers: &[&str]) -> String {
        let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let mut html = Html::default();
        write(&mut html, text, 0, &places(text, &answers));
        html.into_string()
    }

    #[test]
    fn answers_are_marked_as_words_and_escaped() {
        assert_eq!(
            marked("led by G Stanley\nHALL.", &["G. Stanley Hall"]),
            "led by <mark>G Stanley\nHALL</mark>."
        );
        assert_eq!(marked("350 or 35", &["35"]), "350 or <mark>35</mark>");
        assert_eq!(marked("a<b> c", &["b"]), "a&lt;<mark>b</mark>&gt; c");
        assert_eq!(marked("run -- <", &["<", "--"]), "run <mark>--</mark> <mark>&lt;</mark>");
        assert_eq!(marked("red blue green", &["red blue", "blue green"]), "<mark>red blue green</mark>");
        assert_eq!(marked("the end", &["the", " "]), "<mark>the</mark> end");
        assert_eq!(marked("nothing", &[]), "nothing");
    }

    proptest! {
        #[test]
        fn stretches_make_the_whole(text in "[a-cÄ .\n<]{0,40}", answer in "[a-cÄ .<]{0,4}", cut in 0_usize..40) {
            let places = places(&text, &[answer]);
            let cut = (cut..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            let mut html = Html::default();
            write(&mut html, &text[..cut], 0, &places);
            write(&mut html, &text[cut..], cut, &places);
            let plain = html.into_string().replace("<mark>", "").replace("</mark>", "");
            prop_assert_eq!(plain, text.replace('<', "&lt;"));
        }
    }
}
