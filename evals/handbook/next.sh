#!/bin/sh
# Lays corpora/handbook-next over corpora/handbook: what the handbook becomes. Run it in a copy of the repository.
set -eu
cd "$(dirname "$0")/../../corpora"
for file in $(cd handbook-next && find . -type f ! -name corpus.toml ! -name removed.txt); do
    mkdir -p "handbook/$(dirname "$file")"
    cp "handbook-next/$file" "handbook/$file"
done
while IFS= read -r path; do
    [ -z "$path" ] || rm -f "handbook/$path"
done < handbook-next/removed.txt
