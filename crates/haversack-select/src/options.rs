use haversack_model::{Format, Order, Packing, TokenCounter, VersionId};

/// What a pack is made under. The request's settings are resolved: nothing here is optional.
#[derive(Clone, Copy)]
pub struct PackOptions<'a> {
    /// The version that the candidates come from.
    pub version: VersionId,
    /// The query.
    pub query: &'a str,
    /// Most tokens of the rendered text.
    pub budget: usize,
    /// Counts them. Must be a function of the text alone.
    pub counter: &'a dyn TokenCounter,
    /// How the text is written.
    pub format: Format,
    /// How passages follow one another.
    pub order: Order,
    /// The recipe's rules of choice; its own budget, tokenizer, format and order are not looked at.
    pub packing: &'a Packing,
}
