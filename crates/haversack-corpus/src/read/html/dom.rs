//! The tree that html5ever builds: elements and texts in an arena, so that no depth of nesting overflows the stack.
//!
//! Comments, processing instructions and doctypes become [`Node::Other`]; a template's content stands in the template.

use std::borrow::Cow;
use std::cell::{RefCell, RefMut};
use std::rc::Rc;

use ego_tree::{NodeId, Tree};
use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, QualName, parse_document};

/// What a place in the tree holds.
#[derive(Debug)]
pub(super) enum Node {
    Element(Element),
    Text(String),
    Other,
}

/// An element: its name and attributes.
#[derive(Debug)]
pub(super) struct Element {
    name: Rc<QualName>,
    attributes: Vec<Attribute>,
}

impl Node {
    pub fn as_element(&self) -> Option<&Element> {
        if let Self::Element(element) = self { Some(element) } else { None }
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl Element {
    /// The local name, in lower case for HTML.
    pub fn name(&self) -> &str {
        &self.name.local
    }

    /// The value of an attribute.
    pub fn attr(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| &*attribute.name.local == name);
        found.map(|attribute| &*attribute.value)
    }
}

/// Parses a document as browsers do; never fails.
pub(super) fn parse(text: &str) -> Tree<Node> {
    let sink = Sink { tree: RefCell::new(Tree::new(Node::Other)) };
    parse_document(sink, html5ever::ParseOpts::default()).one(text)
}

/// Collects what the parser says.
struct Sink {
    tree: RefCell<Tree<Node>>,
}

/// A node under construction; the parser asks for names of elements often.
#[derive(Clone)]
struct Handle {
    id: NodeId,
    name: Option<Rc<QualName>>,
}

impl Sink {
    fn orphan(&self, node: Node, name: Option<Rc<QualName>>) -> Handle {
        Handle { id: self.tree.borrow_mut().orphan(node).id(), name }
    }

    /// Puts text or a node at the end of a parent's children; text joins text before it.
    fn append_to(mut tree: RefMut<'_, Tree<Node>>, parent: NodeId, child: NodeOrText<Handle>) {
        let Some(mut parent) = tree.get_mut(parent) else { return };
        match child {
            NodeOrText::AppendNode(handle) => {
                parent.append_id(handle.id);
            }
            NodeOrText::AppendText(text) => {
                if let Some(mut last) = parent.last_child()
                    && let Node::Text(before) = last.value()
                {
                    before.push_str(&text);
                } else {
                    parent.append(Node::Text(text.to_string()));
                }
            }
        }
    }
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = Tree<Node>;
    type ElemName<'a> = &'a QualName;

    fn finish(self) -> Tree<Node> {
        self.tree.into_inner()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle { id: self.tree.borrow().root().id(), name: None }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a QualName {
        static NONE: std::sync::LazyLock<QualName> = std::sync::LazyLock::new(|| {
            QualName::new(None, html5ever::Namespace::default(), html5ever::LocalName::default())
        });
        target.name.as_deref().unwrap_or(&NONE)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> Handle {
        let name = Rc::new(name);
        self.orphan(Node::Element(Element { name: Rc::clone(&name), attributes }), Some(name))
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        self.orphan(Node::Other, None)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        self.orphan(Node::Other, None)
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        Self::append_to(self.tree.borrow_mut(), parent.id, child);
    }

    fn append_based_on_parent_node(&self, element: &Handle, previous: &Handle, child: NodeOrText<Handle>) {
        let has_parent = self.tree.borrow().get(element.id).is_some_and(|node| node.parent().is_some());
        if has_parent { self.append_before_sibling(element, child) } else { self.append(previous, child) }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.id == y.id
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let mut tree = self.tree.borrow_mut();
        if let NodeOrText::AppendNode(handle) = &child
            && let Some(mut node) = tree.get_mut(handle.id)
        {
            node.detach();
        }
        let Some(mut sibling) = tree.get_mut(sibling.id) else { return };
        match child {
            NodeOrText::AppendNode(handle) => {
                sibling.insert_id_before(handle.id);
            }
            NodeOrText::AppendText(text) => {
                if let Some(mut before) = sibling.prev_sibling()
                    && let Node::Text(there) = before.value()
                {
                    there.push_str(&text);
                } else {
                    sibling.insert_before(Node::Text(text.to_string()));
                }
            }
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, attributes: Vec<Attribute>) {
        let mut tree = self.tree.borrow_mut();
        let Some(mut node) = tree.get_mut(target.id) else { return };
        if let Node::Element(element) = node.value() {
            for attribute in attributes {
                if !element.attributes.iter().any(|there| there.name == attribute.name) {
                    element.attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        if let Some(mut node) = self.tree.borrow_mut().get_mut(target.id) {
            node.detach();
        }
    }

    fn reparent_children(&self, node: &Handle, parent: &Handle) {
        if let Some(mut parent) = self.tree.borrow_mut().get_mut(parent.id) {
            parent.reparent_from_id_append(node.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(text: &str) -> Vec<String> {
        let tree = parse(text);
        let elements =
            tree.root().descendants().filter_map(|node| node.value().as_element().map(Element::name));
        elements.map(str::to_owned).collect()
    }

    #[test]
    fn what_stands_in_a_table_by_mistake_stands_before_it() {
        assert_eq!(
            names("<table><p>x</p><tr><td>y"),
            ["html", "head", "body", "p", "table", "tbody", "tr", "td"]
        );
        let tree = parse("<p title=a>one<b>two</p>three<html lang=de>");
        let words: String = tree.root().descendants().filter_map(|node| node.value().as_text()).collect();
        assert_eq!(words, "onetwothree");
        let html = tree.root().descendants().find_map(|node| node.value().as_element()).unwrap();
        assert_eq!((html.name(), html.attr("lang")), ("html", Some("de")));
    }

    proptest! {
        #[test]
        fn any_soup_of_tags_is_parsed(parts in prop::collection::vec(prop::sample::select(vec![
            "<table>", "</table>", "<tr>", "<td>", "<p>", "</p>", "<b>", "</b>", "<a href=x>", "</a>", "<select>", "<option>",
            "<template>", "</template>", "<svg>", "<math>", "<body class=y>", "<html lang=en>", "<!-- c -->", "<?pi?>", "text",
            "<frameset>", "<form>", "</form>", "<li>", "<h1>", "</h2>", "<script>", "</script>", "<i>", "</i>", "<applet>",
        ]), 0..60)) {
            let text = parts.concat();
            let _ = names(&text);
        }
    }
}
