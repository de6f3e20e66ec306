#!/usr/bin/env python3
"""Runs LanceDB, Chroma and tantivy alone on the chunks, vectors, queries and edit of Haversack's bench of versions.

    python -m venv VENV && VENV/bin/pip install lancedb chromadb tantivy numpy pyarrow
    cargo bench --bench store -- --embedder hash:384 --export FOLDER
    nice VENV/bin/python benches/peers/stores.py FOLDER [--peers lancedb-exact,lancedb-ivfpq,chroma,tantivy]
        [--runs FOLDER] [--scratch FOLDER] [--cores 0|0,1|all] [--builds N] [--queries N] [--filtered N] [--rounds N]
    VENV/bin/python benches/peers/stores.py FOLDER --generate N      (writes N made-up chunks instead, to try it)
    VENV/bin/python benches/peers/stores.py FOLDER --table           (only prints the table of what --runs holds)

Every step runs in a fresh process, by default on one core, with thread pools set to one where a variable is read
for it; times leave imports out and read the input in batches within the time. Numbers:

- build: ingest, full-text index, index on the filtered column, and vector index where the peer has one.
- edit: open, delete the removed chunks, add the new ones, bring the indexes up to date; each on a fresh copy of the
  store. A further process checks that each added chunk is found by its text and its vector, and no removed one.
- bytes: file lengths. `new` counts files that are new or have grown, `net` is the change of the sum; after the edit
  (before any compaction), after the indexes are up to date, and after the clean-up that the peer documents.
- open: opening and the first query, in a fresh process with warm page caches.
- query: k = 10, ids and scores only; of each query the best of --rounds runs counts, unless --limit-s ends a mode
  early. Recall is of the true first ten by dot product; a chunk with the score of the tenth is as good as the tenth.
- filter: the condition bucket < s, bucket being a hash of the id modulo 1000, within the vector search.

Settings. LanceDB: an empty table, one `add` of a stream, B-tree indexes on id and bucket, full-text index with its
defaults (English stems, stop words, no positions), `optimize()` after the edit, and a clean-up of all old versions;
its guide calls a vector index unnecessary up to some 100,000 rows, so `lancedb-exact` is as advised and
`lancedb-ivfpq` its default index with default probes, also with refine_factor(10). Chroma: defaults with cosine
distance, batches of its own maximum, `chroma vacuum` as clean-up; it has no ranked text search when embedded, so
`text` is its substring filter on the longest word of the query (10 matches, in no order) and `hybrid` the vector
search under that filter: not the same task as the others'. tantivy: one writer thread, stored texts, frequencies
without positions, stop words and English stems; any word may match. It has no vectors: the floor for text.
"""

import argparse
import hashlib
import json
import math
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import numpy as np

K = 10
BUCKETS = {"0.1%": 1, "1%": 10, "10%": 100, "50%": 500}
WORD = re.compile(r"\w+", re.UNICODE)
# Not LANCE_IO_THREADS: with one, LanceDB 0.40 waits for ever while it builds the full-text index.
ONE_THREAD = "LANCE_CPU_THREADS LANCE_FTS_NUM_SHARDS TOKIO_WORKER_THREADS RAYON_NUM_THREADS OMP_NUM_THREADS"


def bucket(identity):
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "little") % 1000


def rows(path):
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def matrix(path, dimensions):
    return np.fromfile(path, dtype="<f4").reshape(-1, dimensions)


def batches(folder, dimensions, size):
    """Rows and their vectors, `size` at a time, so that the input does not count as the peer's memory."""
    with (folder / "chunks.jsonl").open(encoding="utf-8") as lines, (folder / "vectors.f32").open("rb") as floats:
        batch = []
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == size:
                yield batch, np.fromfile(floats, "<f4", size * dimensions).reshape(-1, dimensions)
                batch = []
        if batch:
            yield batch, np.fromfile(floats, "<f4", len(batch) * dimensions).reshape(-1, dimensions)


class Lance:
    """LanceDB; `ann` adds the vector index that `create_index` makes by default."""

    modes = ("vector", "text", "hybrid")
    packages = ("lancedb", "pyarrow")

    def __init__(self, store, dimensions, ann):
        import lancedb
        import lancedb.index
        import pyarrow
        from lancedb.query import MatchQuery
        from lancedb.rerankers import RRFReranker

        self.pa, self.lancedb, self.match, self.ann, self.dimensions = pyarrow, lancedb, MatchQuery, ann, dimensions
        self.reranker = RRFReranker()
        # Unit vectors have the same order under both; product quantisation lost less under cosine.
        self.metric = "cosine" if ann else "dot"
        self.store, self.table = store, None
        if ann:
            self.modes = ("vector", "vector_refined", "text", "hybrid")

    def schema(self):
        pa = self.pa
        text = [pa.field(name, pa.string()) for name in ("id", "document", "text")]
        return pa.schema([*text, pa.field("bucket", pa.int32()), pa.field("vector", pa.list_(pa.float32(), self.dimensions))])

    def record(self, batch, vectors, document=None):
        pa = self.pa
        flat = pa.array(vectors.reshape(-1), pa.float32())
        columns = [
            pa.array([row["id"] for row in batch]),
            pa.array([row.get("document", document) for row in batch]),
            pa.array([row["text"] for row in batch]),
            pa.array([bucket(row["id"]) for row in batch], pa.int32()),
            pa.FixedSizeListArray.from_arrays(flat, self.dimensions),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema())

    def build(self, folder, lap):
        index = self.lancedb.index
        self.table = self.lancedb.connect(str(self.store)).create_table("chunks", schema=self.schema())
        stream = (self.record(*batch) for batch in batches(folder, self.dimensions, 8192))
        self.table.add(self.pa.RecordBatchReader.from_batches(self.schema(), stream))
        lap("ingest")
        self.table.create_index("text", config=index.FTS())
        lap("text_index")
        self.table.create_index("bucket", config=index.BTree())
        self.table.create_index("id", config=index.BTree())
        lap("scalar_indexes")
        if self.ann:
            self.table.create_index("vector", config=index.IvfPq(distance_type=self.metric))
            lap("vector_index")

    def open(self):
        self.table = self.lancedb.connect(str(self.store)).open_table("chunks")

    def edit(self, edit, vectors):
        named = ", ".join(f"'{identity}'" for identity in edit["removed"])
        if named:
            self.table.delete(f"id IN ({named})")
        self.table.add(self.pa.Table.from_batches([self.record(edit["added"], vectors, edit["document"])]))

    def index(self):
        self.table.optimize()

    def clean_up(self):
        self.table.optimize(cleanup_older_than=timedelta(0))

    def describe(self):
        found = {}
        for index in self.table.list_indices():
            stats = self.table.index_stats(index.name)
            found[index.name] = {"type": str(index.index_type), "unindexed_rows": stats.num_unindexed_rows}
        return {"indexes": found, "rows": self.table.count_rows()}

    def ids(self, query):
        return query.limit(K).to_arrow().column("id").to_pylist()

    def vector(self, _, vector, below=None):
        query = self.table.search(vector, vector_column_name="vector").distance_type(self.metric).select(["id", "_distance"])
        return self.ids(query if below is None else query.where(f"bucket < {below}"))

    def vector_refined(self, _, vector, below=None):
        query = self.table.search(vector, vector_column_name="vector").distance_type(self.metric).refine_factor(10)
        query = query.select(["id", "_distance"])
        return self.ids(query if below is None else query.where(f"bucket < {below}"))

    def text(self, text, _):
        query = self.table.search(self.match(text, "text"), query_type="fts").select(["id", "_score"])
        return self.ids(query)

    def hybrid(self, text, vector):
        query = self.table.search(query_type="hybrid", vector_column_name="vector", fts_columns="text")
        query = query.vector(vector).text(text).distance_type(self.metric).rerank(self.reranker).select(["id"])
        return self.ids(query)


class Chroma:
    modes = ("vector", "text", "hybrid")
    packages = ("chromadb",)

    def __init__(self, store, dimensions):
        import chromadb

        self.chromadb, self.store, self.dimensions = chromadb, store, dimensions

    def client(self):
        settings = self.chromadb.Settings(anonymized_telemetry=False)
        return self.chromadb.PersistentClient(path=str(self.store), settings=settings)

    def add(self, batch, vectors, document=None):
        metadatas = [{"document": row.get("document", document), "bucket": bucket(row["id"])} for row in batch]
        ids, texts = [row["id"] for row in batch], [row["text"] for row in batch]
        self.collection.add(ids=ids, embeddings=vectors, metadatas=metadatas, documents=texts)

    def build(self, folder, lap):
        client = self.client()
        hnsw = {"space": "cosine"}
        if len(os.sched_getaffinity(0)) == 1:
            hnsw["num_threads"] = 1
        self.collection = client.create_collection("chunks", configuration={"hnsw": hnsw}, embedding_function=None)
        for batch, vectors in batches(folder, self.dimensions, min(client.get_max_batch_size(), 8192)):
            self.add(batch, vectors)
        lap("ingest")

    def open(self):
        self.collection = self.client().get_collection("chunks", embedding_function=None)

    def edit(self, edit, vectors):
        if edit["removed"]:
            self.collection.delete(ids=edit["removed"])
        self.add(edit["added"], vectors, edit["document"])

    def index(self):
        """Chroma's indexes are brought up to date by each write."""

    def clean_up(self):
        command = [str(Path(sys.executable).parent / "chroma"), "vacuum", "--path", str(self.store), "--force"]
        subprocess.run(command, check=True, capture_output=True)

    def describe(self):
        return {"rows": self.collection.count(), "configuration": str(self.collection.configuration_json)}

    def vector(self, _, vector, below=None, contains=None):
        where = None if below is None else {"bucket": {"$lt": below}}
        document = None if contains is None else {"$contains": contains}
        found = self.collection.query(
            query_embeddings=[vector], n_results=K, where=where, where_document=document, include=["distances"]
        )
        return found["ids"][0]

    def longest(self, text):
        return max(WORD.findall(text) or [text], key=len)

    def text(self, text, _):
        return self.collection.get(where_document={"$contains": self.longest(text)}, limit=K, include=[])["ids"]

    def hybrid(self, text, vector):
        return self.vector(text, vector, contains=self.longest(text))

    def by_text(self, row):
        """For the check: the whole text is the substring."""
        return self.collection.get(where_document={"$contains": row["text"]}, limit=K, include=[])["ids"]


class Tantivy:
    modes = ("text",)
    packages = ("tantivy",)

    def __init__(self, store, _):
        import tantivy

        self.tantivy, self.store = tantivy, store
        fields = tantivy.SchemaBuilder()
        fields.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        fields.add_text_field("document", stored=True, tokenizer_name="raw", index_option="basic")
        fields.add_text_field("text", stored=True, tokenizer_name="stems", index_option="freq")
        self.schema = fields.build()
        filters, builder = tantivy.Filter, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        for step in (filters.remove_long(40), filters.lowercase(), filters.ascii_fold(), filters.stopword("english")):
            builder = builder.filter(step)
        self.analyzer = builder.filter(filters.stemmer("english")).build()

    def add(self, writer, batch, document=None):
        for row in batch:
            fields = {"id": row["id"], "document": row.get("document", document), "text": row["text"]}
            writer.add_document(self.tantivy.Document(**fields))

    def build(self, folder, lap):
        self.store.mkdir(parents=True, exist_ok=True)
        self.handle = self.tantivy.Index(self.schema, path=str(self.store))
        self.handle.register_tokenizer("stems", self.analyzer)
        writer = self.handle.writer(heap_size=256_000_000, num_threads=1)
        with (folder / "chunks.jsonl").open(encoding="utf-8") as lines:
            self.add(writer, (json.loads(line) for line in lines))
        writer.commit()
        writer.wait_merging_threads()
        lap("ingest")

    def open(self):
        self.handle = self.tantivy.Index(self.schema, path=str(self.store), reuse=True)
        self.handle.register_tokenizer("stems", self.analyzer)
        self.searcher = self.handle.searcher()

    def edit(self, edit, _):
        writer = self.handle.writer(heap_size=64_000_000, num_threads=1)
        for identity in edit["removed"]:
            writer.delete_documents_by_term("id", identity)
        self.add(writer, edit["added"], edit["document"])
        writer.commit()
        writer.wait_merging_threads()

    def index(self):
        """A commit has done it."""

    def clean_up(self):
        self.handle.writer(heap_size=64_000_000, num_threads=1).garbage_collect_files()

    def describe(self):
        return {"rows": self.searcher.num_docs, "segments": self.searcher.num_segments}

    def text(self, text, _):
        tantivy, words = self.tantivy, self.analyzer.analyze(text)
        terms = [tantivy.Query.term_query(self.schema, "text", word, "freq") for word in dict.fromkeys(words)]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        hits = self.searcher.search(query, K, count=False).hits
        return [self.searcher.doc(at).get_first("id") for _, at in hits]


PEERS = {
    "lancedb-exact": lambda store, dimensions: Lance(store, dimensions, False),
    "lancedb-ivfpq": lambda store, dimensions: Lance(store, dimensions, True),
    "chroma": Chroma,
    "tantivy": Tantivy,
}
PACKAGES = {"lancedb-exact": Lance, "lancedb-ivfpq": Lance, "chroma": Chroma, "tantivy": Tantivy}


# The side of the measured process.


def processor():
    mine, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def status(field, file="/proc/self/status"):
    """A number from /proc; ru_maxrss would count the parent's memory before exec."""
    lines = Path(file).read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), None)


class Laps:
    def __init__(self):
        self.began = self.last = (time.perf_counter(), processor())
        self.wrote, self.laps = status("write_bytes", "/proc/self/io"), {}

    def __call__(self, name):
        now = (time.perf_counter(), processor())
        self.laps[name] = {"wall_s": now[0] - self.last[0], "cpu_s": now[1] - self.last[1]}
        self.last = now

    def said(self):
        whole = {"wall_s": self.last[0] - self.began[0], "cpu_s": self.last[1] - self.began[1]}
        return whole | {"written_bytes": status("write_bytes", "/proc/self/io") - self.wrote, "steps": self.laps}


def step_build(peer, folder, _, __):
    laps = Laps()
    peer.build(folder, laps)
    return laps.said()


def step_open(peer, folder, dimensions, _):
    query, vector = rows(folder / "queries.jsonl")[0]["text"], matrix(folder / "queries.f32", dimensions)[0]
    laps = Laps()
    peer.open()
    laps("open")
    mode = next(mode for mode in ("hybrid", "vector", "text") if mode in peer.modes)
    getattr(peer, mode)(query, vector)
    laps("first_query")
    return laps.said() | {"first_query": mode}


def timed(run, many, options):
    """Runs many queries in rounds; the best time of each, the processor's seconds a query, and what was found."""
    best, found, failed = [math.inf] * len(many), [], None
    for query in many[: min(5, len(many))]:
        run(*query)
    began, before, count = time.perf_counter(), processor(), 0
    for turn in range(options.rounds):
        for at, query in enumerate(many):
            start = time.perf_counter()
            try:
                ids = run(*query)
            except Exception as error:  # noqa: BLE001 - a peer's failure on one query is a result
                ids, failed = [], str(error)
            best[at] = min(best[at], time.perf_counter() - start)
            count += 1
            if turn == 0:
                found.append(ids)
                if time.perf_counter() - began > 2 * options.limit_s:
                    break
        if time.perf_counter() - began > options.limit_s:
            break
    milliseconds = sorted(1e3 * one for one in best if one < math.inf)
    said = {"p50_ms": statistics.median(milliseconds), "p99_ms": milliseconds[math.ceil(0.99 * len(milliseconds)) - 1]}
    said |= {"cpu_ms": 1e3 * (processor() - before) / count, "rounds": turn + 1, "queries": len(found)}
    said |= {"mean_results": sum(map(len, found)) / len(found), "found": found}
    return said | ({"failed": failed} if failed else {})


def asked(folder, dimensions, most):
    texts = [row["text"] for row in rows(folder / "queries.jsonl")]
    return list(zip(texts, matrix(folder / "queries.f32", dimensions)))[:most]


def step_query(peer, folder, dimensions, options):
    many = asked(folder, dimensions, options.queries)
    peer.open()
    return {mode: timed(getattr(peer, mode), many, options) for mode in peer.modes} | {"store": peer.describe()}


def step_filter(peer, folder, dimensions, options):
    peer.open()
    said, many = {}, asked(folder, dimensions, options.filtered)
    for mode in (mode for mode in peer.modes if mode.startswith("vector")):
        for share, below in BUCKETS.items():
            limited = [(*query, below) for query in many]
            said[f"{mode} {share}"] = timed(getattr(peer, mode), limited, options)
    return said


def files(folder):
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_size) for path in found}


def total(listing):
    return sum(size for _, size in listing.values())


def grown(before, after):
    """Bytes of the files that are new or have another inode, and of what others have grown by."""
    new = (size - before[p][1] if before.get(p, (None,))[0] == inode else size for p, (inode, size) in after.items())
    return {"new": sum(max(one, 0) for one in new), "net": total(after) - total(before)}


def step_edit(peer, folder, dimensions, _):
    edit, vectors = json.loads((folder / "edit.json").read_text(encoding="utf-8")), matrix(folder / "edit.f32", dimensions)
    before, laps = files(peer.store), Laps()
    peer.open()
    laps("open")
    peer.edit(edit, vectors)
    laps("write")
    after = files(peer.store)
    laps.last = (time.perf_counter(), laps.last[1])
    peer.index()
    laps("index")
    said = laps.said()
    said["wall_s"] = sum(lap["wall_s"] for lap in laps.laps.values())
    return said | {"after_write": grown(before, after)}


def step_check(peer, folder, dimensions, _):
    edit, vectors = json.loads((folder / "edit.json").read_text(encoding="utf-8")), matrix(folder / "edit.f32", dimensions)
    peer.open()
    kept = {row["id"] for row in edit["added"]}
    gone = [identity for identity in edit["removed"] if identity not in kept]
    said, seen = {"added": len(kept), "by_text": 0, "by_vector": 0, "removed_found": 0}, set()
    for row, vector in zip(edit["added"], vectors):
        by_text = peer.by_text(row) if hasattr(peer, "by_text") else peer.text(row["text"], vector)
        by_vector = peer.vector(row["text"], vector) if "vector" in peer.modes else []
        said["by_text"] += row["id"] in by_text
        said["by_vector"] += row["id"] in by_vector
        seen.update(by_text, by_vector)
    said["removed_found"] = len(seen.intersection(gone))
    return said | {"store": peer.describe()}


def step_clean(peer, _, __, ___):
    laps = Laps()
    if not isinstance(peer, Chroma):
        peer.open()
    peer.clean_up()
    laps("clean_up")
    return laps.said()


def child(options):
    meta = json.loads((options.folder / "meta.json").read_text(encoding="utf-8"))
    base = status("VmHWM")
    peer = PEERS[options.peers](options.scratch, meta["dimensions"])
    imported = status("VmHWM")
    said = globals()[f"step_{options.step}"](peer, options.folder, meta["dimensions"], options)
    said |= {"peak_rss_mb": status("VmHWM") / 1024, "imported_rss_mb": imported / 1024, "python_rss_mb": base / 1024}
    said["threads"] = status("Threads")
    options.out.write_text(json.dumps(said), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)  # Some peers' pools wait for seconds when Python ends.


# The side that measures.


def run(options, peer, store, step):
    out = options.scratch / "said.json"
    out.unlink(missing_ok=True)
    command = [sys.executable, __file__, str(options.folder), "--step", step, "--peers", peer, "--scratch", str(store)]
    for name in ("queries", "filtered", "rounds", "limit_s"):
        command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    environment = dict(os.environ)
    if options.cores != "all":
        command = ["taskset", "-c", options.cores, *command]
        if "," not in options.cores:
            environment |= {name: "1" for name in ONE_THREAD.split()}
    command += ["--out", str(out)]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=options.step_s)
    except subprocess.TimeoutExpired as error:
        raise SystemExit(f"{peer} {step} has not ended within {options.step_s} s") from error
    if done.returncode or not out.exists():
        raise SystemExit(f"{peer} {step} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    said = json.loads(out.read_text(encoding="utf-8"))
    print(f"{peer} {step} {said.get('wall_s', '')}", file=sys.stderr, flush=True)
    return said


def middle(many):
    """The run with the median of the processor's time, and all their times."""
    ordered = sorted(many, key=lambda one: one["cpu_s"])
    return ordered[len(ordered) // 2] | {"runs": [[one["wall_s"], one["cpu_s"]] for one in many]}


class Truth:
    """Scores of all chunks for each query."""

    def __init__(self, folder, dimensions, most):
        ids = [row["id"] for row in rows(folder / "chunks.jsonl")]
        self.rows = {identity: at for at, identity in enumerate(ids)}
        if len(self.rows) != len(ids):
            print(f"{len(ids) - len(self.rows)} chunks share an id: Chroma refuses them", file=sys.stderr)
        self.buckets = np.array([bucket(identity) for identity in ids])
        queries = matrix(folder / "queries.f32", dimensions)[:most]
        self.scores = queries @ matrix(folder / "vectors.f32", dimensions).T

    def recall(self, found, below=1000):
        allowed, hits, wanted = np.flatnonzero(self.buckets < below), 0, 0
        for scores, ids in zip(self.scores, found):
            k = min(K, len(allowed))
            worst = np.partition(scores[allowed], len(allowed) - k)[len(allowed) - k] if k else math.inf
            good = (at for at in (self.rows[identity] for identity in set(ids)) if self.buckets[at] < below)
            hits += min(k, sum(bool(scores[at] >= worst - 1e-6) for at in good))
            wanted += k
        return hits / wanted if wanted else None


def measure(options, meta, truth, peer):
    store, copy = options.scratch / peer, options.scratch / f"{peer}-edited"
    builds, edits = [], []
    for _ in range(options.builds or (1 if meta["chunks"] > 20_000 else 3)):
        shutil.rmtree(store, ignore_errors=True)
        builds.append(run(options, peer, store, "build"))
    built = files(store)
    said = {"peer": peer, "versions": {name: version(name) for name in PACKAGES[peer].packages}, "chunks": meta["chunks"]}
    said |= {"python": platform.python_version(), "cores": options.cores, "load": os.getloadavg()}
    said |= {"build": middle(builds), "bytes": total(built)}
    said["open"] = middle([run(options, peer, store, "open") for _ in range(options.opens)])
    said["query"] = run(options, peer, store, "query")
    said["filter"] = run(options, peer, store, "filter")
    for name, one in (*said["query"].items(), *said["filter"].items()):
        found = one.pop("found", None) if isinstance(one, dict) else None
        if found is not None and name.startswith("vector"):
            one["recall"] = truth.recall(found, BUCKETS.get(name.split(" ")[-1], 1000))
    for _ in range(options.edits):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(store, copy)
        before = files(copy)
        edits.append(run(options, peer, copy, "edit"))
        edits[-1]["after_index"] = grown(before, files(copy))
    said |= {"edit": middle(edits), "check": run(options, peer, copy, "check")}
    said["edit"]["after_check"] = grown(before, files(copy))
    said["clean_up"] = run(options, peer, copy, "clean")
    said["clean_up"] |= {"after": grown(before, files(copy)), "bytes": total(files(copy))}
    said["check_after_clean_up"] = run(options, peer, copy, "check")
    for folder in (store, copy):
        shutil.rmtree(folder, ignore_errors=True)
    return said


def pick(said, path):
    for name in path.split("/"):
        said = said.get(name) if isinstance(said, dict) else None
    return said


# What stands in the table: its name, the path in a peer's file, in ours, the factors of both, the digits.
LINES = [
    ("build, s", "build/wall_s", "full_build/wall_s", 1, 1, 2),
    ("build, s of the processor", "build/cpu_s", "full_build/cpu_s", 1, 1, 2),
    ("build, peak MB resident", "build/peak_rss_mb", "full_build/peak_rss_mb", 1, 1, 0),
    ("edit with indexes, s", "edit/wall_s", "edit/median_wall_s", 1, 1, 3),
    ("edit with indexes, s of the processor", "edit/cpu_s", "edit/median_cpu_s", 1, 1, 3),
    ("of it without `optimize`, s", "edit/steps/write/wall_s", "", 1, 1, 3),
    ("edit, peak MB resident", "edit/peak_rss_mb", "edit/peak_rss_mb", 1, 1, 0),
    ("open and first query, ms", "open/wall_s", "open_and_pack_us", 1e3, 1e-3, 1),
    ("open, peak MB resident", "open/peak_rss_mb", "", 1, 1, 0),
    ("vector p50, ms", "query/vector/p50_ms", "vector_us/p50", 1, 1e-3, 2),
    ("vector p99, ms", "query/vector/p99_ms", "vector_us/p99", 1, 1e-3, 2),
    ("vector recall@10", "query/vector/recall", "vector_recall", 1, 1, 3),
    ("vector refined p50, ms", "query/vector_refined/p50_ms", "", 1, 1, 2),
    ("vector refined recall@10", "query/vector_refined/recall", "", 1, 1, 3),
    ("text p50, ms", "query/text/p50_ms", "text_us/p50", 1, 1e-3, 2),
    ("text p99, ms", "query/text/p99_ms", "text_us/p99", 1, 1e-3, 2),
    ("hybrid p50, ms", "query/hybrid/p50_ms", "pack_us/p50", 1, 1e-3, 2),
    ("hybrid p99, ms", "query/hybrid/p99_ms", "pack_us/p99", 1, 1e-3, 2),
    ("queries, peak MB resident", "query/peak_rss_mb", "", 1, 1, 0),
    *((f"filtered {s}, p50 ms", f"filter/vector {s}/p50_ms", f"filter/{s}/p50_ms", 1, 1, 2) for s in BUCKETS),
    *((f"filtered {s}, recall@10", f"filter/vector {s}/recall", f"filter/{s}/recall", 1, 1, 3) for s in BUCKETS),
    *((f"filtered {s}, refined recall@10", f"filter/vector_refined {s}/recall", "", 1, 1, 3) for s in BUCKETS),
    ("MB on disk", "bytes", "bytes", 1e-6, 1e-6, 1),
    ("KB new after the edit", "edit/after_write/new", "edit/first_bytes", 1e-3, 1e-3, 1),
    ("KB new with indexes up to date", "edit/after_index/new", "edit/first_bytes", 1e-3, 1e-3, 1),
    ("KB written by the edit, in place too", "edit/written_bytes", "", 1e-3, 1e-3, 1),
    ("KB net after clean-up", "clean_up/after/net", "", 1e-3, 1e-3, 1),
    ("MB on disk after edit and clean-up", "clean_up/bytes", "", 1e-6, 1e-6, 1),
    ("clean-up, s", "clean_up/wall_s", "", 1, 1, 2),
]


def table(options, meta):
    ours, columns = dict(meta.get("ours") or {}), {}
    if ours:
        walls = [one["wall_s"] for one in ours.get("edits") or []]
        if walls and isinstance(ours.get("edit"), dict):
            ours["edit"] = ours["edit"] | {"median_wall_s": statistics.median(walls)}
        if "open_us" in ours and "first_pack_us" in ours:
            ours["open_and_pack_us"] = ours["open_us"] + ours["first_pack_us"]
        columns["ours"] = None
    for peer in PEERS:
        path = options.runs / f"{peer}-{meta['chunks']}.json"
        if path.exists():
            columns[peer] = json.loads(path.read_text(encoding="utf-8"))
    named = [f"{peer} {next(iter(one['versions'].values()))}" if one else peer for peer, one in columns.items()]
    lines = [f"| {meta['chunks']} chunks | {' | '.join(named)} |", f"|:--{'|--:' * len(named)}|"]
    for name, path, own, factor, own_factor, digits in LINES:
        cells = []
        for one in columns.values():
            value, scale = (pick(one, path), factor) if one else (pick(ours, own), own_factor)
            cells.append("" if not isinstance(value, (int, float)) else f"{value * scale:.{digits}f}")
        if any(cells):
            lines.append(f"| {name} | {' | '.join(cells)} |")
    checks = []
    for one in columns.values():
        checks.append("" if not one else "{by_text}+{by_vector} of {added}, {removed_found}".format(**one["check"]))
    lines.append(f"| added found by text + vector, removed still found | {' | '.join(checks)} |")
    print("\n".join(lines))
    print("\nOurs: `hybrid` is a whole pack, best of five; open is in a running process. Chroma's `text` and `hybrid` are")
    print("a substring filter without a ranking. The median of a step is by the processor's time.")


def generate(folder, chunks, dimensions=384, queries=200):
    """Zipfian words, and unit vectors of 40 latent dimensions around 400 topics."""
    random, (latent, topics) = np.random.default_rng(7), (40, 400)
    folder.mkdir(parents=True, exist_ok=True)
    base, centres = random.normal(size=(latent, dimensions)), random.normal(size=(topics, latent))
    words = np.array(["".join(chr(97 + int(c)) for c in random.integers(0, 26, random.integers(3, 10))) for _ in range(30_000)])
    odds = 1 / np.arange(2, len(words) + 2)

    def texts(many):
        drawn = random.choice(len(words), size=(many, 90), p=odds / odds.sum())
        return [" ".join(words[row]) for row in drawn]

    def units(points):
        points = points @ base + 0.3 * random.normal(size=(len(points), dimensions))
        return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype("<f4")

    points = centres[random.integers(0, topics, chunks)] + 0.6 * random.normal(size=(chunks, latent))
    vectors, written = units(points), texts(chunks)
    vectors.tofile(folder / "vectors.f32")
    name = lambda n: hashlib.blake2b(str(n).encode(), digest_size=16).hexdigest()  # noqa: E731
    document = lambda n: f"docs/d{n // 1000:03}/p{n:06}.md"  # noqa: E731
    with (folder / "chunks.jsonl").open("w", encoding="utf-8") as lines:
        for n, text in enumerate(written):
            lines.write(json.dumps({"id": name(n), "document": document(n), "text": text}) + "\n")
    sources = random.integers(0, chunks, queries)
    units(points[sources] + 0.3 * random.normal(size=(queries, latent))).tofile(folder / "queries.f32")
    with (folder / "queries.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps({"text": " ".join(written[at].split()[20:28])}) + "\n" for at in sources)
    at = chunks // 2
    added = [{"id": name(chunks + 1), "text": f"{written[at]} edited for the first time"}]
    edit = {"document": document(at), "removed": [name(at)], "added": added}
    (folder / "edit.json").write_text(json.dumps(edit), encoding="utf-8")
    units(points[at : at + 1]).tofile(folder / "edit.f32")
    meta = {"dimensions": dimensions, "chunks": chunks, "queries": queries, "generated": True}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--runs", type=Path, default=Path("benches/runs/2026-11-stores"), help="where the JSON goes")
    parser.add_argument("--scratch", type=Path, default=Path("/tmp/haversack-peers"), help="where the stores stand")
    parser.add_argument("--cores", default="0", help="cores that a peer may use; `all` for no limit")
    parser.add_argument("--builds", type=int, default=0, help="0: three, or one above 20,000 chunks")
    parser.add_argument("--opens", type=int, default=5)
    parser.add_argument("--edits", type=int, default=3)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--filtered", type=int, default=50, help="queries for each filter")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit-s", type=float, default=20.0, help="no further round of a mode after so long")
    parser.add_argument("--step-s", type=float, default=900.0, help="a process is ended after so long")
    parser.add_argument("--generate", type=int, help="write a folder of made-up chunks and end")
    parser.add_argument("--table", action="store_true", help="print the table of earlier runs and end")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        return child(options)
    if options.generate:
        return generate(options.folder, options.generate)
    meta = json.loads((options.folder / "meta.json").read_text(encoding="utf-8"))
    if not options.table:
        options.scratch.mkdir(parents=True, exist_ok=True)
        options.runs.mkdir(parents=True, exist_ok=True)
        truth = Truth(options.folder, meta["dimensions"], max(options.queries, options.filtered))
        for peer in options.peers.split(","):
            said = measure(options, meta, truth, peer)
            path = options.runs / f"{peer}-{meta['chunks']}.json"
            path.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    table(options, meta)
    return None


if __name__ == "__main__":
    main()
