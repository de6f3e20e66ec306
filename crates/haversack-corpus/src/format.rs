/// The reader that a file's name asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Markdown,
    Text,
    Rst,
    Html,
    Pdf,
    Notebook,
    Csv,
    Tsv,
    JsonLines,
    /// Source code, with the name of its language.
    Code(&'static str),
}

/// What a file's name says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// A reader knows it.
    Format(Format),
    /// It holds no text.
    Binary,
    /// Its extension says nothing.
    Unknown,
}

/// Binary by extension: not opened at all.
const BINARY: &[&str] = &[
    "7z",
    "a",
    "aac",
    "avi",
    "bin",
    "bmp",
    "br",
    "bz2",
    "class",
    "db",
    "dll",
    "dmg",
    "dylib",
    "eot",
    "exe",
    "flac",
    "gif",
    "gz",
    "ico",
    "iso",
    "jar",
    "jpeg",
    "jpg",
    "lz4",
    "m4a",
    "mkv",
    "mov",
    "mp3",
    "mp4",
    "npy",
    "npz",
    "o",
    "obj",
    "ogg",
    "onnx",
    "otf",
    "parquet",
    "png",
    "pyc",
    "rar",
    "safetensors",
    "so",
    "sqlite",
    "tar",
    "tgz",
    "tif",
    "tiff",
    "ttf",
    "wasm",
    "wav",
    "webm",
    "webp",
    "whl",
    "woff",
    "woff2",
    "xz",
    "zip",
    "zst",
];

/// Plain text by extension.
const TEXT: &[&str] = &["txt", "text", "log", "org", "adoc", "asciidoc", "tex", "vtt", "srt"];

/// Files without an extension that are read by their whole name, lower case.
const NAMES: &[(&str, Format)] = &[
    ("makefile", Format::Code("make")),
    ("dockerfile", Format::Code("dockerfile")),
    ("justfile", Format::Code("just")),
    ("gemfile", Format::Code("ruby")),
    ("rakefile", Format::Code("ruby")),
];

/// Language of source code by extension.
const CODE: &[(&str, &str)] = &[
    ("rs", "rust"),
    ("py", "python"),
    ("pyi", "python"),
    ("js", "javascript"),
    ("mjs", "javascript"),
    ("cjs", "javascript"),
    ("jsx", "javascript"),
    ("ts", "typescript"),
    ("mts", "typescript"),
    ("cts", "typescript"),
    ("tsx", "tsx"),
    ("go", "go"),
    ("java", "java"),
    ("c", "c"),
    ("h", "c"),
    ("cc", "cpp"),
    ("cpp", "cpp"),
    ("cxx", "cpp"),
    ("hh", "cpp"),
    ("hpp", "cpp"),
    ("hxx", "cpp"),
    ("rb", "ruby"),
    ("php", "php"),
    ("cs", "csharp"),
    ("kt", "kotlin"),
    ("kts", "kotlin"),
    ("swift", "swift"),
    ("scala", "scala"),
    ("lua", "lua"),
    ("pl", "perl"),
    ("pm", "perl"),
    ("r", "r"),
    ("jl", "julia"),
    ("hs", "haskell"),
    ("ml", "ocaml"),
    ("ex", "elixir"),
    ("exs", "elixir"),
    ("erl", "erlang"),
    ("clj", "clojure"),
    ("zig", "zig"),
    ("dart", "dart"),
    ("vue", "vue"),
    ("svelte", "svelte"),
    ("css", "css"),
    ("scss", "scss"),
    ("less", "less"),
    ("sh", "bash"),
    ("bash", "bash"),
    ("zsh", "bash"),
    ("fish", "fish"),
    ("ps1", "powershell"),
    ("bat", "batch"),
    ("sql", "sql"),
    ("proto", "protobuf"),
    ("graphql", "graphql"),
    ("tf", "hcl"),
    ("hcl", "hcl"),
    ("nix", "nix"),
    ("cmake", "cmake"),
    ("mk", "make"),
    ("toml", "toml"),
    ("yaml", "yaml"),
    ("yml", "yaml"),
    ("json", "json"),
    ("json5", "json"),
    ("jsonc", "json"),
    ("xml", "xml"),
    ("ini", "ini"),
    ("cfg", "ini"),
    ("conf", "ini"),
    ("properties", "ini"),
];

impl Format {
    /// What the last part of a path says.
    pub(crate) fn of_name(name: &str) -> Named {
        let name = name.to_ascii_lowercase();
        if let Some((_, format)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Named::Format(*format);
        }
        // A leading dot starts a hidden name, not an extension.
        let Some((_, extension)) = name.trim_start_matches('.').rsplit_once('.') else {
            return Named::Format(Self::Text);
        };
        Self::of_extension(extension)
    }

    fn of_extension(extension: &str) -> Named {
        let format = match extension {
            "md" | "markdown" | "mdown" | "mkd" | "mdx" | "qmd" | "rmd" => Self::Markdown,
            "rst" | "rest" => Self::Rst,
            "html" | "htm" | "xhtml" => Self::Html,
            "pdf" => Self::Pdf,
            "ipynb" => Self::Notebook,
            "csv" => Self::Csv,
            "tsv" | "tab" => Self::Tsv,
            "jsonl" | "ndjson" => Self::JsonLines,
            _ if TEXT.contains(&extension) => Self::Text,
            _ if BINARY.contains(&extension) => return Named::Binary,
            _ => match CODE.iter().find(|(known, _)| *known == extension) {
                Some((_, language)) => Self::Code(language),
                None => return Named::Unknown,
            },
        };
        Named::Format(format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_readers() {
        for (name, expected) in [
            ("README.md", Named::Format(Format::Markdown)),
            ("README", Named::Format(Format::Text)),
            (".env", Named::Format(Format::Text)),
            ("Makefile", Named::Format(Format::Code("make"))),
            ("a.TSX", Named::Format(Format::Code("tsx"))),
            ("a.png", Named::Binary),
            ("a.docx", Named::Unknown),
        ] {
            assert_eq!(Format::of_name(name), expected, "{name}");
        }
    }
}
