use std::collections::BTreeSet;

use crate::html::gold;
use crate::html::packs::{PackSide, TaskPacks};
use crate::html::writer::Html;

/// The texts of both packs, side by side.
pub(super) fn write(html: &mut Html, packs: &TaskPacks) {
    html.within("details", &[("class", "texts")], |html| {
        if packs.a.pack_id == packs.b.pack_id {
            html.raw("<summary>Text of the pack, the same in both versions</summary>");
            html.within("pre", &[("class", "pack"), ("tabindex", "0"), ("dir", "auto")], |html| {
                let text = &packs.a.text;
                gold::write(html, text, 0, &gold::places(text, &packs.answers));
            });
            return;
        }
        html.raw("<summary>Texts of both packs</summary>");
        html.within("div", &[("class", "two")], |html| {
            one(html, ("Pack in A", "del"), &packs.answers, (&packs.a, &packs.b));
            one(html, ("Pack in B", "ins"), &packs.answers, (&packs.b, &packs.a));
        });
    });
}

/// What the marks mean; once for all tasks.
pub(super) fn legend(html: &mut Html) {
    html.raw("<p class=\"note\">A passage is the same if its document and text are. In the texts, <del>lines that stand in A \
              only</del> and <ins>lines that stand in B only</ins> are marked, \
              and <mark>gold answers</mark> wherever their words stand.</p>");
}

fn one(
    html: &mut Html,
    (name, mark): (&'static str, &'static str),
    answers: &[String],
    (this, other): (&PackSide, &PackSide),
) {
    html.within("div", &[("class", "side")], |html| {
        html.element("h3", &[], name);
        html.within(
            "pre",
            &[("class", "pack"), ("tabindex", "0"), ("dir", "auto"), ("aria-label", name)],
            |html| {
                if this.text.is_empty() {
                    html.raw("<span class=\"left-out\">empty</span>");
                }
                marked(html, mark, (&this.text, &other.text), answers);
            },
        );
    });
}

/// A text whose lines that the other lacks are marked, each stretch of them as one.
///
/// Lines are looked up, not aligned: what only moved is not marked, and the time is linear in the texts.
fn marked(html: &mut Html, mark: &'static str, (text, other): (&str, &str), answers: &[String]) {
    let places = gold::places(text, answers);
    let mut from = 0;
    let theirs: BTreeSet<&str> = other.lines().map(str::trim_end).collect();
    let is_new = |line: &str| !line.trim().is_empty() && !theirs.contains(line.trim_end());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(first) = lines.next() {
        let new = is_new(first);
        let mut stretch = first.to_owned();
        while let Some(line) = lines.next_if(|line| is_new(line) == new) {
            stretch.push_str(line);
        }
        if new {
            html.within(mark, &[], |html| gold::write(html, &stretch, from, &places));
        } else {
            gold::write(html, &stretch, from, &places);
        }
        from += stretch.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_side_only_are_marked_in_stretches() {
        let mut html = Html::default();
        marked(&mut html, "ins", ("a\nb\n\nc<\nd\n", "d\na \nx"), &["c d".to_owned()]);
        // A gold answer that stands in two lines is marked in both.
        let wanted = "a\n<ins>b\n</ins>\n<ins><mark>c&lt;\n</mark></ins><mark>d</mark>\n";
        assert_eq!(html.into_string(), wanted);
    }
}
