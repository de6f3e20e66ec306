"""Checks the suite against the corpora: python3 evals/handbook/check.py, from the root of the repository.

Gold facts are looked for in two states: `corpora/handbook` (today) and the same with `corpora/handbook-next` laid over it
(next). A task holds in both, except tasks tagged `next` (only there) and `stays-old` (today; next loses or contradicts it).
"""

import csv
import html
import io
import json
import re
import sys
import zlib
from collections import Counter
from pathlib import Path

SUITE = Path("evals/handbook")
TODAY, OVERLAY = Path("corpora/handbook"), Path("corpora/handbook-next")
PREFIX = "handbook/"
LEAST = {
    "unanswerable": 20, "superseded": 12, "current": 12, "next": 20, "stays-old": 10, "multi": 25, "table": 20, "code": 10,
    "other-language": 12, "restricted": 12, "denied": 8, "untrusted": 5,
}


def text_of(path, data):
    """The text of a file, near enough to what the program reads; exact where the file is plain text."""
    if path.suffix == ".pdf":
        return pdf(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if path.suffix == ".html":
        body = re.sub(r"(?s)<(script|style|nav|aside|header|footer)\b.*?</\1>", " ", text)
        return html.unescape(re.sub(r"</?(strong|em|code|a)\b[^>]*>", "", body)).replace("<", " <")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        parts = ["".join(cell["source"]) for cell in cells]
        parts += ["".join(out.get("text", [])) for cell in cells for out in cell.get("outputs", [])]
        return "\n".join(parts)
    return text


def pdf(data):
    """The strings that a PDF shows, if its streams are deflated and its strings plain."""
    shown = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.S):
        try:
            page = zlib.decompress(stream)
        except zlib.error:
            continue
        shown += re.findall(rb"\(((?:\\.|[^()\\])*)\) Tj", page)
    return "\n".join(line.decode("latin-1") for line in shown)


def labels_of(text):
    head = re.match(r"---\n(.*?)\n---\n", text, re.S)
    found = head and re.search(r"^labels: \[(.*)\]$", head[1], re.M)
    return {label.strip() for label in found[1].split(",")} if found else set()


def records(path, text):
    """One document for each record of a table, numbered from 1."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in text.splitlines()]
    else:
        rows = list(csv.DictReader(io.StringIO(text)))
    for number, row in enumerate(rows, 1):
        yield number, "\n".join(f"{key}: {value}" for key, value in row.items() if value != "")


def documents(files):
    """Documents by id, with their text and labels."""
    found = {}
    for name, data in files.items():
        path = Path(name)
        text = text_of(path, data)
        if path.suffix in (".csv", ".jsonl"):
            for number, record in records(path, text):
                found[f"{PREFIX}{name}#{number}"] = (record, set())
        else:
            found[PREFIX + name] = (text, labels_of(text))
    return found


def states():
    def files(folder):
        return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    today, overlay = files(TODAY), files(OVERLAY)
    removed = overlay.pop("removed.txt").decode().split()
    coming = {**today, **overlay}
    for name in removed:
        del coming[name]
    for state in (today, coming):
        del state["corpus.toml"]
    return {"today": documents(today), "next": documents(coming)}


def words(text):
    found = re.findall(r"[^\W_]+", text.lower())
    return [word for word in found if word not in ("a", "an", "the")]


def holds(text, answer):
    text, answer = words(text), words(answer)
    return any(text[at : at + len(answer)] == answer for at in range(len(text) - len(answer) + 1))


def check_answered(task, corpora, say):
    tags, labels = set(task.get("tags", [])), set(task.get("principal", {}).get("labels", []))
    if {"next", "stays-old"} <= tags:
        say("is both `next` and `stays-old`")
    holds_in = {"next": ["next"]} if "next" in tags else {"today": ["today"]} if "stays-old" in tags else None
    names = list(holds_in) if holds_in else ["today", "next"]
    answers, gold = task.get("answers", []), task.get("documents", [])
    if not answers or not gold:
        return say("has no answers or no documents")
    for name in names:
        state = corpora[name]
        for document in gold:
            if document not in state:
                say(f"{document} is not in {name}")
            elif not state[document][1] <= labels:
                say(f"{document} may not be read in {name}")
        texts = [state[document][0] for document in gold if document in state]
        if not any(holds(text, answer) for text in texts for answer in answers):
            say(f"no answer stands in its documents in {name}")
        regex = task.get("expect", {}).get("regex")
        if regex and not re.search(regex, "\n".join(texts), re.I):
            say(f"its pattern is not found in its documents in {name}")
    if "next" in tags:
        today = [corpora["today"][document][0] for document in gold if document in corpora["today"]]
        if any(holds(text, answer) for text in today for answer in answers):
            say("an answer of the next state stands in its documents today")
    if "stays-old" in tags and not worse(gold, corpora["next"], answers, labels, tags):
        say("the next state neither loses nor contradicts it")
    if "multi" in tags and len(gold) < 2:
        say("needs one document only")
    check_spans(task, corpora[names[0]], say)


def worse(gold, state, answers, labels, tags):
    """Whether a gold document is gone or closed in the next state; the wrong tolerance of faq/api.md is the one contradiction."""
    lost = any(document not in state or not state[document][1] <= labels for document in gold)
    return lost or ("300 seconds" in answers and "**3,000 s**" in state[PREFIX + "faq/api.md"][0])


def check_spans(task, state, say):
    for span in task.get("spans", []):
        if span["document"] not in task["documents"]:
            say(f"a span lies in {span['document']}, which is not gold")
            continue
        data = state[span["document"]][0].encode()
        stretch = data[span["from"] : span["to"]]
        if span["to"] > len(data) or stretch != stretch.strip(b"\n"):
            say(f"span {span['from']}..{span['to']} of {span['document']} is no stretch of text")
        stretch.decode()


def check_unanswerable(task, tasks, corpora, say):
    if task.get("answers") or task.get("documents") or task.get("graders") != ["abstain"]:
        say("is unanswerable, but has answers, documents or other graders")
    if "denied" not in task["tags"]:
        return
    twins = [other for other in tasks if other["query"] == task["query"] and "answers" in other]
    labels = set(task.get("principal", {}).get("labels", []))
    if len(twins) != 1:
        return say(f"has {len(twins)} twins that may read")
    for name, state in corpora.items():
        for document in twins[0]["documents"]:
            if state[document][1] <= labels:
                say(f"{document} may be read in {name}")
        open_texts = [text for text, needed in state.values() if needed <= labels]
        distinct = [answer for answer in twins[0]["answers"] if len(words(answer)) > 1]
        if any(holds(text, answer) for text in open_texts for answer in distinct):
            print(f"note: {task['id']}: a gold answer of its twin also stands in a document that may be read in {name}")


def check_qrels(tasks, corpora, say):
    lines = (SUITE / "qrels.tsv").read_text().splitlines()
    pairs = [tuple(line.split("\t")) for line in lines[1:]]
    by_task = {}
    for query, document, score in pairs:
        by_task.setdefault(query, set()).add(PREFIX + document)
        if score != "1" or not any(PREFIX + document in state for state in corpora.values()):
            say(f"qrels.tsv: {query} {document} {score}")
    if len(set(pairs)) != len(pairs):
        say("qrels.tsv: a pair stands twice")
    for task in tasks:
        if not set(task.get("documents", [])) <= by_task.get(task["id"], set()):
            say(f"{task['id']}: a gold document is not judged relevant")
        if task.get("unanswerable") and task["id"] in by_task:
            say(f"{task['id']}: is unanswerable, but judged")
    return len(pairs)


def main():
    problems = []
    corpora = states()
    tasks = [json.loads(line) for line in (SUITE / "tasks.jsonl").read_text().splitlines()]
    for task in tasks:
        def say(text, task=task):
            problems.append(f"{task['id']}: {text}")

        if task.get("unanswerable"):
            check_unanswerable(task, tasks, corpora, say)
        else:
            check_answered(task, corpora, say)
        if not re.fullmatch(r"h\d{3}", task["id"]):
            say("is no id of this suite")
    if len({task["id"] for task in tasks}) != len(tasks):
        problems.append("an id stands twice")
    judged = check_qrels(tasks, corpora, problems.append)
    counts = Counter(tag for task in tasks for tag in task.get("tags", []))
    problems += [f"{counts[tag]} tasks are tagged `{tag}`, at least {least} should be" for tag, least in LEAST.items() if counts[tag] < least]
    print(f"{len(tasks)} tasks, {sum('answers' in task for task in tasks)} with an answer, {judged} judgments, "
          f"{sum(len(task.get('spans', [])) for task in tasks)} spans")
    print(", ".join(f"{tag} {count}" for tag, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
