//! Marks around text that is not believed.

use haversack_model::canonical;

/// A fence that none of some texts contains.
///
/// It is made of their hash, so it is the same for the same texts, needs no random numbers, and cannot be known by who
/// writes one of them: a change to the text changes the fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fence(String);

impl Fence {
    pub fn around(texts: &[&str]) -> Self {
        let mut count = 0_u64;
        loop {
            let all = texts.iter().map(|text| format!("{} {text}\0", text.len())).collect::<String>();
            let id = canonical::digest_text("fence", &format!("{count}\0{all}")).short();
            // Never seen to go round, but then nobody needs to believe in the hash.
            if !texts.iter().any(|text| text.contains(&id)) {
                return Self(id);
            }
            count += 1;
        }
    }

    /// What opens, closes, and tells this fence from all others.
    pub fn id(&self) -> &str {
        &self.0
    }

    /// A text between its marks, named for what it is.
    pub fn put(&self, name: &str, text: &str) -> String {
        let Self(id) = self;
        format!("<<<{id} {name}>>>\n{text}\n<<<{id} end of {name}>>>\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_follows_from_the_texts_and_stands_in_none() {
        let fence = Fence::around(&["a", "b"]);
        assert_eq!(fence, Fence::around(&["a", "b"]));
        assert_ne!(fence, Fence::around(&["ab", ""]));
        // Who copies the fence of one text into the next gets another.
        let forged = fence.put("answer", "x");
        let again = Fence::around(&[&forged, "b"]);
        assert_ne!(fence, again);
        assert!(!forged.contains(again.id()));
    }
}
