use haversack::{Collected, Retention};

use super::{now, store, workspace};
use crate::Answer;
use crate::args::{GcArgs, Global};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output, bytes, count, paint};

pub(crate) fn run(global: &Global, output: &Output, args: &GcArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let retention = Retention {
        keep_last: args.keep_last.get(),
        keep_younger_secs: args.keep_younger.as_deref().map(seconds).transpose()?,
        keep_tags: true,
    };
    let collected = haversack::gc(&store(&workspace)?, &retention, args.apply, now())?;
    if output.json {
        output.value(&collected)?;
    } else {
        output.data(&text(&collected))?;
        if !collected.applied {
            output.note("nothing was removed; `haversack gc --apply` with the same options does it");
        }
    }
    Ok(Answer::Done)
}

fn text(collected: &Collected) -> String {
    let mut text = String::new();
    for (name, context) in &collected.store.contexts {
        text.push_str(&format!(
            "{name} keeps {}, loses {}\n",
            count(context.kept.len() as u64, "version"),
            context.pruned.len()
        ));
        for version in &context.pruned {
            text.push_str(&format!("  {} {}\n", paint(BAD, "-"), version.short()));
        }
    }
    let verb = if collected.applied { "removed" } else { "would remove" };
    let (objects, packed) = (collected.store.objects, collected.store.bytes);
    let objects = objects.before.saturating_sub(objects.after);
    let saved = packed.before.saturating_sub(packed.after);
    text.push_str(&format!(
        "{} {}, {}, {}\n",
        paint(GOOD, verb),
        count(objects, "object"),
        count(collected.segments as u64, "segment"),
        bytes(saved + collected.derived_bytes)
    ));
    text
}

/// Seconds of `90s`, `30m`, `12h`, `14d`, `8w`.
fn seconds(text: &str) -> Result<u64, Failure> {
    let wrong = || {
        Failure::usage(
            format!("`{text}` is no span of time"),
            "write a number and s, m, h, d or w: --keep-younger 30d",
        )
    };
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(at);
    let unit: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return Err(wrong()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn spans_of_time() {
        assert_eq!(seconds("90s").ok(), Some(90));
        assert_eq!(seconds("2w").ok(), Some(1_209_600));
        for wrong in ["", "d", "10", "1y", "-1d", "1.5d", "99999999999999999999d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
