use super::{Section, columns, table};
use crate::SweepPoint;
use crate::html::chart::{Mark, Scale, marker};
use crate::html::number::{amount, counted, plain, range};
use crate::html::writer::Html;

pub(super) const SECTION: Section = Section {
    id: "front",
    heading: "Quality and cost",
    shown: |page| !page.sweep.is_empty(),
    write: |html, page, _| {
        let points = &page.sweep;
        html.raw("<p>Each point is a setting: tokens of a pack to the right, mean score upwards. No other setting beats \
                  those on the line; the others cost more, score less, or both.</p>");
        let lost = points.iter().fold(0_u64, |sum, point| sum.saturating_add(point.failed));
        if lost > 0 {
            html.element(
                "p",
                &[("class", "warnings")],
                &format!(
                    "{}, marked ⚠ below. Each counts as the suite says, mostly 0, so these settings may look worse than they are.",
                    failed(lost)
                ),
            );
        }
        chart(html, points);
        table(html, "front", "Settings by tokens and score", |html| {
            columns(
                html,
                &[
                    ("No.", "number"),
                    ("Setting", ""),
                    ("On the front", ""),
                    ("Tokens", "number"),
                    ("Score", "number"),
                    ("Interval", "number"),
                ],
            );
            html.within("tbody", &[], |html| {
                for (at, point) in points.iter().enumerate() {
                    row(html, at + 1, point);
                }
            });
        });
    },
};

fn row(html: &mut Html, number: usize, point: &SweepPoint) {
    html.within("tr", &[("class", if point.on_front { "found" } else { "not-found" })], |html| {
        html.element("td", &[("class", "number")], &number.to_string());
        html.within("th", &[("scope", "row")], |html| {
            html.within("bdi", &[], |html| html.excerpt(&point.label, 120));
            let settings: Vec<String> =
                point.settings.iter().map(|(field, value)| format!("{field} = {value}")).collect();
            if !settings.is_empty() && !says(&point.label, &settings) {
                html.within("span", &[("class", "aside"), ("dir", "auto")], |html| {
                    html.excerpt(&settings.join(", "), 300)
                });
            }
            if point.failed > 0 {
                html.element("span", &[("class", "aside down")], &format!("⚠ {}", failed(point.failed)));
            }
        });
        html.element("td", &[], if point.on_front { "● yes" } else { "○ no" });
        html.element("td", &[("class", "number")], &amount(point.tokens, 0));
        html.element("td", &[("class", "number")], &plain(point.score.mean));
        html.element("td", &[("class", "number")], &range(&point.score));
    });
}

/// Whether a label names every setting, whatever its spaces.
fn says(label: &str, settings: &[String]) -> bool {
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    let label = dense(label);
    settings.iter().all(|setting| label.split([',', ';']).any(|part| part == dense(setting)))
}

fn failed(calls: u64) -> String {
    format!("{} failed", counted(usize::try_from(calls).unwrap_or(usize::MAX), "call"))
}

fn chart(html: &mut Html, points: &[SweepPoint]) {
    let across = Scale::over(points.iter().map(|point| point.tokens));
    let up =
        Scale::over(points.iter().flat_map(|point| [point.score.low, point.score.mean, point.score.high]));
    let name = format!(
        "Scatter of {} settings by tokens and mean score; the table below has the numbers",
        points.len()
    );
    // The box has room for the labels of the axes, which stand outside of the plot.
    html.within("div", &[("class", "scatter")], |html| {
        html.within("svg", &[("role", "img"), ("aria-label", &name)], |html| {
            grid(html, across, up);
            front_line(html, across, up, points);
            for (at, point) in points.iter().enumerate() {
                dot(html, across, up, (at + 1, point));
            }
            html.raw("<text x=\"50%\" y=\"100%\" dy=\"40\" text-anchor=\"middle\">tokens of a pack</text>");
        });
    });
}

fn grid(html: &mut Html, across: Scale, up: Scale) {
    for tick in up.ticks(5) {
        let y = up.y(tick);
        html.empty("line", &[("class", "grid"), ("x1", "0"), ("x2", "100%"), ("y1", &y), ("y2", &y)]);
        html.element("text", &[("x", "-6"), ("y", &y), ("dy", "4"), ("text-anchor", "end")], &plain(tick));
    }
    for tick in across.ticks(5).into_iter().filter(|tick| *tick >= 0.0) {
        let x = across.x(tick);
        html.empty("line", &[("class", "grid"), ("x1", &x), ("x2", &x), ("y1", "0"), ("y2", "100%")]);
        html.element(
            "text",
            &[("x", &x), ("y", "100%"), ("dy", "18"), ("text-anchor", "middle")],
            &amount(tick, 0),
        );
    }
}

/// The front as a staircase: between two of its points one gets the score of the cheaper.
fn front_line(html: &mut Html, across: Scale, up: Scale, points: &[SweepPoint]) {
    let mut front: Vec<&SweepPoint> = points.iter().filter(|point| point.on_front).collect();
    front.sort_by(|a, b| a.tokens.total_cmp(&b.tokens).then(a.score.mean.total_cmp(&b.score.mean)));
    for pair in front.windows(2) {
        let (x1, x2) = (across.x(pair[0].tokens), across.x(pair[1].tokens));
        let (y1, y2) = (up.y(pair[0].score.mean), up.y(pair[1].score.mean));
        html.empty("line", &[("class", "front-line"), ("x1", &x1), ("x2", &x2), ("y1", &y1), ("y2", &y1)]);
        html.empty("line", &[("class", "front-line"), ("x1", &x2), ("x2", &x2), ("y1", &y1), ("y2", &y2)]);
    }
}

fn dot(html: &mut Html, across: Scale, up: Scale, (number, point): (usize, &SweepPoint)) {
    let (x, y) = (across.x(point.tokens), up.y(point.score.mean));
    let (low, high) = (up.y(point.score.low), up.y(point.score.high));
    html.empty("line", &[("class", "whisker"), ("x1", &x), ("x2", &x), ("y1", &low), ("y2", &high)]);
    let (mark, tone) = if point.on_front { (Mark::Disc, "front") } else { (Mark::Ring, "off") };
    marker(html, mark, tone, &x, &y);
    html.element(
        "text",
        &[("class", "point-name"), ("x", &x), ("y", &y), ("dx", "8"), ("dy", "-6")],
        &number.to_string(),
    );
}
