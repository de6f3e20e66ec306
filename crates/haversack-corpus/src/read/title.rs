use crate::inline::{one_line, plain};

/// The first level-one heading of a Markdown text outside code fences, without markup.
pub(super) fn markdown(text: &str) -> Option<String> {
    let mut fence: Option<(u8, usize)> = None;
    let mut before = "";
    for line in text.lines() {
        let trimmed = line.trim_start();
        let indented = line.len() - trimmed.len() > 3;
        let mark = trimmed.bytes().next().unwrap_or(b' ');
        let run = trimmed.bytes().take_while(|&b| b == mark).count();
        if let Some((open, length)) = fence {
            if mark == open && run >= length && trimmed[run..].trim().is_empty() {
                fence = None;
            }
            continue;
        }
        if indented {
            continue;
        }
        if matches!(mark, b'`' | b'~') && run >= 3 {
            fence = Some((mark, run));
        } else if mark == b'#' && run == 1 && trimmed[1..].starts_with([' ', '\t']) {
            return Some(plain(trimmed)).filter(|title| !title.is_empty());
        } else if mark == b'=' && trimmed.trim_end().len() == run && !before.trim().is_empty() {
            return Some(plain(before)).filter(|title| !title.is_empty());
        }
        before = line;
    }
    None
}

/// The first title of a reStructuredText: a line over an underline that is as long.
pub(super) fn rst(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().take(200).collect();
    crate::chunk::rst_titles(&lines).into_iter().next().map(|title| one_line(lines[title.text]))
}

/// The last part of a path, without its extension.
pub(super) fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_heading_outside_fences_is_the_title() {
        assert_eq!(markdown("```sh\n# not me\n```\n## nor me\n# *Me* `x`\n"), Some("Me x".to_owned()));
        assert_eq!(markdown("Setext\n======\n"), Some("Setext".to_owned()));
        assert_eq!(markdown("#tag\n    # code\n"), None);
    }

    #[test]
    fn stems() {
        assert_eq!(
            (stem("a/b.c.md"), stem("x/.env"), stem("README")),
            ("b.c".into(), ".env".into(), "README".into())
        );
    }
}
