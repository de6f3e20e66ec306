"""ONNX Runtime on the bundled model file, as a peer of `examples/throughput.rs` of haversack-embed.

    pip install onnxruntime==1.32.0 tokenizers==0.23.3 numpy==2.4.6
    python benches/embed_vs_onnxruntime/run.py                     one JSON object per measurement
    python benches/embed_vs_onnxruntime/run.py --model FILE        another graph with the same inputs
    python benches/embed_vs_onnxruntime/run.py --report RUN.jsonl  medians and ratios of recorded runs

Tokenisation, mean pooling and normalisation are timed too, as they are on the other side. `batch` 1 is one
text per call, as haversack-embed does for the sake of determinism; a batch here has texts of one length,
hence no padding: the best case for batching. `workers` sessions of one thread each share out the texts,
or one session splits each inference over `threads`.
"""

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MODEL = Path(__file__).resolve().parents[2] / "crates/haversack-embed/models/all-MiniLM-L6-v2"
# Each word is one token of the model; throughput.rs has the same.
WORDS = (
    "the reader can tell at once whether what it fetched is what was written and a version shares "
    "storage with others"
).split()
REPEATS = 5


def text(tokens, shift):
    words = [WORDS[(shift + i) % len(WORDS)] for i in range(tokens - 2)]
    return " ".join(words)


def say(**fields):
    print(json.dumps(fields, separators=(",", ":")), flush=True)


def measure(model):
    import numpy as np
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def session(threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def embed(runner, texts):
        ids = np.array([tokenizer.encode(t).ids for t in texts], np.int64)
        hidden = runner.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
        mean = hidden.mean(axis=1)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    started = time.perf_counter()
    one = session(1)
    say(measure="load", ms=round((time.perf_counter() - started) * 1e3, 1))
    query, times = text(12, 0), []
    for _ in range(500):
        started = time.perf_counter()
        embed(one, [query])
        times.append((time.perf_counter() - started) * 1e3)
    times.sort()
    say(measure="query", tokens=12, ms_p50=round(times[250], 3), ms_p10=round(times[50], 3), ms_p99=round(times[495], 3))
    two = [one, session(1)]
    setups = [(1, 1, [one]), (2, 1, [session(2)]), (1, 2, two)]
    for tokens in (128, 256):
        texts = [text(tokens, i) for i in range(16384 // tokens)]
        for threads, workers, sessions in setups:
            for batch in (1, 16):
                batches = [texts[i : i + batch] for i in range(0, len(texts), batch)]
                for repeat in range(REPEATS + 1):
                    wall, cpu = time.perf_counter(), time.process_time()
                    if workers == 1:
                        for b in batches:
                            embed(sessions[0], b)
                    else:
                        with ThreadPoolExecutor(workers) as pool:
                            halves = [batches[i::workers] for i in range(workers)]
                            jobs = [
                                pool.submit(lambda s, h: [embed(s, b) for b in h], s, h)
                                for s, h in zip(sessions, halves)
                            ]
                            for job in jobs:
                                job.result()
                    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                    if repeat:
                        say(
                            measure="passages", tokens=tokens, threads=threads, workers=workers, batch=batch,
                            per_second=round(len(texts) / wall, 1), per_cpu_second=round(len(texts) / cpu, 1),
                        )


def report(path):
    """Medians of a file whose lines are `{"program": ..., ...measurement}`, and ratios to haversack-embed."""
    groups = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        if row.get("measure") == "passages":
            key = (row["tokens"], row["program"], row["threads"], row.get("workers", 1), row.get("batch", 1))
            groups.setdefault(key, []).append(row)
    for key, rows in sorted(groups.items()):
        tokens, program, threads, workers, batch = key
        ours = groups[(tokens, "haversack-embed", max(threads, workers), 1, 1)]
        print(f"{tokens} tokens  {program:16} threads {threads} workers {workers} batch {batch:2}", end="")
        for field in ("per_second", "per_cpu_second"):
            median = statistics.median(r[field] for r in rows)
            ratio = statistics.median(r[field] for r in ours) / median
            print(f"   {field} {median:6.1f} (haversack-embed x{ratio:.2f})", end="")
        print(f"   n={len(rows)}")


def main():
    parser = argparse.ArgumentParser(description="measure ONNX Runtime on the bundled MiniLM")
    parser.add_argument("--model", type=Path, default=MODEL / "model.onnx")
    parser.add_argument("--report", type=Path)
    arguments = parser.parse_args()
    report(arguments.report) if arguments.report else measure(arguments.model)


if __name__ == "__main__":
    main()
