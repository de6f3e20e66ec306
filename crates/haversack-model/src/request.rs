use crate::{Filter, Format, Order, Principal};

/// What an agent asks of a context: a task or question, and how much it can take.
///
/// What is not set here is taken from the version's recipe.
///
/// ```
/// use haversack_model::Request;
/// let request = Request::new("how do I rotate the signing key?").budget(2_000).tokenizer("cl100k_base");
/// assert_eq!(request.budget, Some(2_000));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The task or question.
    pub query: String,
    /// Most tokens of the pack.
    pub budget: Option<usize>,
    /// The tokenizer that counts them.
    pub tokenizer: Option<String>,
    /// How the pack is written.
    pub format: Option<Format>,
    /// How its passages are ordered.
    pub order: Option<Order>,
    /// Who asks.
    pub principal: Principal,
    /// Which documents it may draw on.
    pub filter: Filter,
}

impl Request {
    /// A request with the recipe's settings, for everyone's documents.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        Self {
            query: query.into(),
            budget: None,
            tokenizer: None,
            format: None,
            order: None,
            principal: Principal::anyone(),
            filter: Filter::default(),
        }
    }

    /// Sets the most tokens.
    #[must_use]
    pub fn budget(mut self, tokens: usize) -> Self {
        self.budget = Some(tokens);
        self
    }

    /// Sets the tokenizer by name.
    #[must_use]
    pub fn tokenizer(mut self, name: impl Into<String>) -> Self {
        self.tokenizer = Some(name.into());
        self
    }

    /// Sets the format.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets the order of passages.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = Some(order);
        self
    }

    /// Sets who asks.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principal = principal;
        self
    }

    /// Sets which documents it may draw on.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }
}
