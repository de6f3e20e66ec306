use crate::text::{at, is_id, lines};
use crate::{EvalError, LineError, Task};

/// Reads TREC topics (`<top>`, `<num>`, `<title>`), of which the title becomes the query, or lines of a query
/// id, a tab, and the query. Each task comes with the number of its line.
pub(super) fn parse(text: &str, file: &str) -> Result<Vec<(usize, Task)>, EvalError> {
    if text.contains("<top>") { sgml(text, file) } else { tabbed(text, file) }
}

fn tabbed(text: &str, file: &str) -> Result<Vec<(usize, Task)>, EvalError> {
    let parse = |(number, line): (usize, &str)| {
        let Some((id, query)) = line.split_once('\t') else {
            let source = LineError::Columns { found: 1, expected: 2, kind: "queries" };
            return Err(at(file, number, source));
        };
        task(id, query).map(|task| (number, task)).map_err(|source| at(file, number, source))
    };
    lines(text).map(parse).collect()
}

fn sgml(text: &str, file: &str) -> Result<Vec<(usize, Task)>, EvalError> {
    let mut topics = Vec::new();
    let mut line = 1 + text.split("<top>").next().map_or(0, breaks);
    for topic in text.split("<top>").skip(1) {
        let topic_text = topic.split("</top>").next().unwrap_or(topic);
        let number = field(topic_text, "<num>", "Number:").ok_or(LineError::Missing("<num>"));
        let title = field(topic_text, "<title>", "Topic:").ok_or(LineError::Missing("<title>"));
        let topic_task = number.and_then(|number| task(&number, &title?));
        topics.push((line, topic_task.map_err(|source| at(file, line, source))?));
        line += breaks(topic);
    }
    Ok(topics)
}

fn breaks(text: &str) -> usize {
    text.matches('\n').count()
}

/// The text after a tag, up to the next one, on one line and without its label.
fn field(topic: &str, tag: &str, label: &str) -> Option<String> {
    let (_, rest) = topic.split_once(tag)?;
    let text = rest.split('<').next()?.trim();
    let text = text.strip_prefix(label).unwrap_or(text);
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn task(id: &str, query: &str) -> Result<Task, LineError> {
    let (id, query) = (id.trim(), query.trim());
    if !is_id(id) {
        return Err(LineError::Id { what: "query id" });
    }
    if query.is_empty() { Err(LineError::Missing("query")) } else { Ok(Task::new(id, query)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_as_trec_writes_them() {
        let text = "\n<top>\n<num> Number: 301\n<title> International Organized\nCrime\n\n<desc> Description:\n\
                    Identify.\n</top>\n\n<top>\n<num>302</num><title>Polio</title></top>\n";
        let got = parse(text, "topics").unwrap();
        assert_eq!(got[0], (2, Task::new("301", "International Organized Crime")));
        assert_eq!(got[1], (11, Task::new("302", "Polio")));
        let error = parse("<top><num> 3 </top>", "topics").unwrap_err().to_string();
        assert_eq!(error, "topics:1: lacks `<title>`");
    }

    #[test]
    fn lines_of_id_and_query() {
        assert_eq!(parse("1\twho is it\r\n", "t").unwrap(), [(1, Task::new("1", "who is it"))]);
        assert!(parse("1 who", "t").is_err());
    }
}
