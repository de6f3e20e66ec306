use tree_sitter::{Language, Node};

use crate::inline::one_line;

/// Longest name of an item in a breadcrumb, in bytes of its source.
const MAX_NAME: usize = 120;

/// The grammar of a language by the name that readers give it.
pub(super) fn of(language: &str) -> Option<Language> {
    Some(match language {
        "rust" => tree_sitter_rust::LANGUAGE.into(),
        "python" => tree_sitter_python::LANGUAGE.into(),
        "javascript" => tree_sitter_javascript::LANGUAGE.into(),
        "typescript" => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        "tsx" => tree_sitter_typescript::LANGUAGE_TSX.into(),
        "go" => tree_sitter_go::LANGUAGE.into(),
        "java" => tree_sitter_java::LANGUAGE.into(),
        "c" => tree_sitter_c::LANGUAGE.into(),
        "cpp" => tree_sitter_cpp::LANGUAGE.into(),
        _ => return None,
    })
}

/// What a node of a syntax tree is to a reader of code.
pub(super) enum Role<'t> {
    /// A comment or attribute: it belongs to the item after it.
    Preface,
    /// An item with a name.
    Item(String),
    /// An item that holds items, with the node that holds them.
    Container(String, Node<'t>),
    /// Imports, statements, and what else stands between items.
    Other,
}

/// Words before the name of an item, by kind of node. `impl` and functions of C have none of their own.
const ITEMS: &[(&str, &str)] = &[
    ("abstract_class_declaration", "class"),
    ("class_declaration", "class"),
    ("class_definition", "class"),
    ("class_specifier", "class"),
    ("const_item", "const"),
    ("constructor_declaration", ""),
    ("enum_declaration", "enum"),
    ("enum_item", "enum"),
    ("enum_specifier", "enum"),
    ("function_declaration", "function"),
    ("function_definition", ""),
    ("function_item", "fn"),
    ("function_signature_item", "fn"),
    ("generator_function_declaration", "function"),
    ("impl_item", "impl"),
    ("interface_declaration", "interface"),
    ("internal_module", "namespace"),
    ("lexical_declaration", "const"),
    ("macro_definition", "macro"),
    ("method_declaration", ""),
    ("method_definition", ""),
    ("mod_item", "mod"),
    ("module", "module"),
    ("namespace_definition", "namespace"),
    ("record_declaration", "record"),
    ("static_item", "static"),
    ("struct_item", "struct"),
    ("struct_specifier", "struct"),
    ("trait_item", "trait"),
    ("type_alias_declaration", "type"),
    ("type_declaration", "type"),
    ("type_definition", "typedef"),
    ("type_item", "type"),
    ("union_item", "union"),
];

/// Items whose body may hold items.
const CONTAINERS: &[&str] = &[
    "abstract_class_declaration",
    "class_declaration",
    "class_definition",
    "class_specifier",
    "enum_declaration",
    "impl_item",
    "interface_declaration",
    "internal_module",
    "mod_item",
    "module",
    "namespace_definition",
    "record_declaration",
    "struct_specifier",
    "trait_item",
];

/// What a child of a container is.
pub(super) fn role<'t>(node: Node<'t>, text: &str, language: &str) -> Role<'t> {
    match node.kind() {
        "comment" | "line_comment" | "block_comment" | "attribute_item" | "decorator" => Role::Preface,
        "linkage_specification" => match node.child_by_field_name("body") {
            Some(body) => Role::Container("extern".to_owned(), body),
            None => Role::Other,
        },
        _ => {
            let item = unwrapped(node);
            let Some((_, word)) = ITEMS.iter().find(|(kind, _)| *kind == item.kind()) else {
                return Role::Other;
            };
            let name = name(item, word, text, language);
            match item.child_by_field_name("body") {
                Some(body) if CONTAINERS.contains(&item.kind()) => Role::Container(name, body),
                _ => Role::Item(name),
            }
        }
    }
}

/// The item inside an export, a decoration or a template.
fn unwrapped(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    for _ in 0..4 {
        let inner = match node.kind() {
            "export_statement" => node.child_by_field_name("declaration"),
            "decorated_definition" => node.child_by_field_name("definition"),
            "template_declaration" | "ambient_declaration" | "expression_statement" => {
                node.named_child(node.named_child_count().saturating_sub(1) as u32)
            }
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

fn name(item: Node<'_>, word: &str, text: &str, language: &str) -> String {
    let word = match (item.kind(), language) {
        ("function_definition", "python") => "def",
        ("function_declaration" | "method_declaration", "go") => "func",
        _ => word,
    };
    if item.kind() == "impl_item" {
        let end = item.child_by_field_name("body").map_or(item.end_byte(), |body| body.start_byte());
        return clipped(&text[item.start_byte()..end]);
    }
    let receiver = item.child_by_field_name("receiver").map(|node| source(node, text));
    let name = declared(item).map_or("", |node| source(node, text));
    clipped(&[word, receiver.unwrap_or(""), name].join(" "))
}

/// The node of an item's name; C hides it in a chain of declarators.
fn declared(item: Node<'_>) -> Option<Node<'_>> {
    let mut node = item;
    for _ in 0..12 {
        if let Some(name) = node.child_by_field_name("name") {
            return Some(name);
        }
        match node.child_by_field_name("declarator").or_else(|| inner_declarator(node)) {
            Some(inner) => node = inner,
            None => return (node != item).then_some(node),
        }
    }
    None
}

/// `const x = ...` and `type T struct` hold their name one level down.
fn inner_declarator(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .find(|child| matches!(child.kind(), "variable_declarator" | "type_spec" | "type_alias"))
}

fn source<'a>(node: Node<'_>, text: &'a str) -> &'a str {
    text.get(node.start_byte()..node.end_byte()).unwrap_or("")
}

fn clipped(name: &str) -> String {
    let end = name.floor_char_boundary(MAX_NAME.min(name.len()));
    let mut clipped = one_line(&name[..end]);
    if end < name.len() {
        clipped.push('…');
    }
    clipped
}
