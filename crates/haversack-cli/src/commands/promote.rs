use haversack::{PromoteSettings, VersionId};
use haversack_eval::GateResult;
use serde_json::json;

use super::eval::asking::Place;
use super::eval::gate;
use super::{context_of, store, suggest, workspace};
use crate::Answer;
use crate::args::{AskingArgs, GatingArgs, Global, PromoteArgs};
use crate::failure::Failure;
use crate::output::{BAD, GOOD, Output, STRONG, paint};

pub(crate) fn run(global: &Global, output: &Output, args: &PromoteArgs) -> Result<Answer, Failure> {
    let workspace = workspace(global)?;
    let store = store(&workspace)?;
    let resolve = |address: &str| store.resolve(address).map_err(|error| suggest(&workspace, address, error));
    // What is judged is what is promoted: whatever is published meanwhile has another id.
    let version = resolve(&args.context)?;
    let name = context_of(&args.context);
    let before = store.line(name)?.tags.get(&args.to).copied();
    let against = match &args.against {
        Some(against) => Some(resolve(against)?),
        None => before,
    };
    let gate = match (required(args, workspace.promotion(&args.to)?), against) {
        (None, _) => None,
        (Some(required), Some(against)) => {
            Some(judge(global, output, args, &required, (name, against, version))?)
        }
        (Some(_), None) => {
            return Err(Failure::usage(
                format!("`{}` names no version yet, so there is nothing to compare with", args.to),
                "name one with --against, or set the tag once with `haversack tag`",
            ));
        }
    };
    let passed = gate.as_ref().is_none_or(|gate| gate.passed);
    if passed {
        if store.line(name)?.tags.get(&args.to).copied() != before {
            return Err(Failure::usage(
                format!("`{}` was moved meanwhile", args.to),
                "run the same command again",
            ));
        }
        store.tag(&format!("{name}@{version}"), &args.to, true)?;
    }
    if output.json {
        output.value(&json!({
            "version": version, "tag": args.to, "before": before, "against": against, "promoted": passed, "gate": gate,
        }))?;
    } else {
        output.data(&text(args, name, version, (before, gate.as_ref())))?;
    }
    Ok(if passed { Answer::Done } else { Answer::No })
}

/// What must be passed: the suite that is named, with what the settings say of it, else that of the settings.
fn required(args: &PromoteArgs, settings: Option<PromoteSettings>) -> Option<PromoteSettings> {
    match &args.suite {
        Some(suite) => {
            let same = settings.filter(|settings| settings.suite == *suite);
            Some(same.unwrap_or(PromoteSettings { suite: suite.clone(), agent: None, policy: None }))
        }
        None => settings,
    }
}

/// What the gate of a suite says.
fn judge(
    global: &Global,
    output: &Output,
    args: &PromoteArgs,
    required: &PromoteSettings,
    (name, against, version): (&str, VersionId, VersionId),
) -> Result<GateResult, Failure> {
    let place = Place::open(global, &required.suite)?;
    let [a, b] = [against, version].map(|version| format!("{name}@{version}"));
    let contexts = (place.context(&a)?, place.context(&b)?);
    let agent = args.asking.agent.clone().or_else(|| required.agent.clone());
    let asking = AskingArgs { agent, ..args.asking.clone() };
    let policy = required.policy.as_ref().map(|path| place.workspace.root().join(path));
    let gating = GatingArgs { policy: args.gating.policy.clone().or(policy), ..args.gating.clone() };
    gate::judge(&place, output, &asking, &gating, ((&a, &contexts.0), (&b, &contexts.1)))
}

fn text(
    args: &PromoteArgs,
    name: &str,
    version: VersionId,
    (before, gate): (Option<VersionId>, Option<&GateResult>),
) -> String {
    let mut text = gate.map_or_else(String::new, gate::text);
    let was = before.map_or_else(String::new, |before| format!(" (was {})", before.short()));
    text.push_str(&if gate.is_none_or(|gate| gate.passed) {
        let promoted = paint(GOOD, "promoted");
        format!("{promoted} {name}@{} is {}{was}\n", args.to, paint(STRONG, version.short()))
    } else {
        format!("{} {name}@{} stays{was}\n", paint(BAD, "not promoted"), args.to)
    });
    text
}
