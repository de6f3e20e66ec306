#!/usr/bin/env bash
# Kills the program at random moments of builds (compactions in them), gc, push, pull and repair, and checks the store after each.
#     benches/kills.sh [KILLS] [FOLDER]        default: 500 kills, benches/runs/2026-11-kills
# HAVERSACK_SEED chooses the moments; it is in the output, as is how often what was struck.
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-500}
folder=${2:-benches/runs/2026-11-kills}
mkdir -p "$folder"
{
    echo "date: $(date -u +%F), kills: $kills, commit: $(git rev-parse --short HEAD)"
    echo "machine: $(uname -srm), $(nproc) cores, $(rustc --version)"
    HAVERSACK_KILLS=$kills cargo test --workspace --locked --test crash -- --nocapture 2>&1 |
        grep -E '^HAVERSACK_SEED|kills that struck|panicked|test result'
} | tee "$folder/kills-$kills.txt"
