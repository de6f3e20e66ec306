use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::spec::Prices;
use crate::Message;
use crate::agent::{AgentError, Usage};

/// Tokens that a message's frame (role, separators) may add, generously.
const FRAME: u64 = 32;

/// What may be spent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub calls: Option<u64>,
    pub tokens: Option<u64>,
    pub cost: Option<f64>,
}

/// The most that one request can use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub input: u64,
    pub output: u64,
}

impl Bound {
    /// A token is at least a byte, in every tokenizer; so bytes are a bound, whatever model the server has.
    pub fn of(messages: &[Message], max_tokens: u32) -> Self {
        let input = messages.iter().map(|message| message.content.len() as u64 + FRAME).sum();
        Self { input, output: u64::from(max_tokens) }
    }
}

/// Keeps spending within limits, across threads: the most that a request can use is set aside before it is sent.
///
/// A request that might not fit beside those under way waits for them, since most use less than was set aside. One that
/// does not fit beside what is spent is refused. Only a server that writes more than it was allowed to, or counts more
/// tokens than bytes, overruns a limit.
pub(super) struct Ledger {
    limits: Limits,
    prices: Prices,
    account: Mutex<Account>,
    settled: Condvar,
}

#[derive(Debug, Clone, Copy, Default)]
struct Account {
    spent: Usage,
    under_way: u64,
    held_tokens: u64,
    held_cost: f64,
}

impl Ledger {
    pub fn new(limits: Limits, prices: Prices) -> Self {
        Self { limits, prices, account: Mutex::default(), settled: Condvar::new() }
    }

    /// All that was spent; of requests under way only their number.
    pub fn spent(&self) -> Usage {
        self.account().spent
    }

    /// Sets aside what a request can use, or refuses it.
    pub fn reserve(&self, bound: Bound) -> Result<Reservation<'_>, AgentError> {
        let (tokens, cost) = (bound.input + bound.output, self.cost(bound.input, bound.output));
        let mut account = self.account();
        loop {
            self.admits(&account, tokens, cost)?;
            if self.fits(&account, tokens, cost) {
                break;
            }
            account = self.settled.wait(account).unwrap_or_else(PoisonError::into_inner);
        }
        account.spent.calls += 1;
        account.under_way += 1;
        account.held_tokens += tokens;
        account.held_cost += cost;
        Ok(Reservation { ledger: self, bound, is_settled: false })
    }

    fn admits(&self, account: &Account, tokens: u64, cost: f64) -> Result<(), AgentError> {
        let refuse = |what: String| Err(AgentError::Budget { what });
        let spent = &account.spent;
        if let Some(limit) = self.limits.calls.filter(|limit| spent.calls >= *limit) {
            return refuse(format!("max_calls = {limit}"));
        }
        let used = spent.input_tokens + spent.output_tokens;
        if let Some(limit) = self.limits.tokens.filter(|limit| used + tokens > *limit) {
            return refuse(format!(
                "max_tokens_total = {limit}: {used} are used, the next call may take {tokens}"
            ));
        }
        if let Some(limit) = self.limits.cost.filter(|limit| spent.cost + cost > *limit) {
            let used = spent.cost;
            return refuse(format!(
                "max_cost = {limit}: {used:.4} is spent, the next call may cost {cost:.4}"
            ));
        }
        Ok(())
    }

    /// Whether there is room beside what is under way; of alone there always is, since it was admitted.
    fn fits(&self, account: &Account, tokens: u64, cost: f64) -> bool {
        let used = account.spent.input_tokens + account.spent.output_tokens + account.held_tokens;
        let paid = account.spent.cost + account.held_cost;
        account.under_way == 0
            || (self.limits.tokens.is_none_or(|limit| used + tokens <= limit)
                && self.limits.cost.is_none_or(|limit| paid + cost <= limit))
    }

    fn cost(&self, input: u64, output: u64) -> f64 {
        (input as f64 * self.prices.input + output as f64 * self.prices.output) / 1e6
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was set aside for one request. Dropped without being settled, all of it counts as spent: nobody knows
/// how much was.
pub(super) struct Reservation<'a> {
    ledger: &'a Ledger,
    bound: Bound,
    is_settled: bool,
}

impl Reservation<'_> {
    /// What was set aside, as cost.
    pub fn cost(&self) -> f64 {
        self.ledger.cost(self.bound.input, self.bound.output)
    }

    /// Pays for what was used, and returns its cost.
    pub fn settle(mut self, input: u64, output: u64) -> f64 {
        self.pay(input, output);
        self.ledger.cost(input, output)
    }

    fn pay(&mut self, input: u64, output: u64) {
        self.is_settled = true;
        let mut account = self.ledger.account();
        account.spent.input_tokens = account.spent.input_tokens.saturating_add(input);
        account.spent.output_tokens = account.spent.output_tokens.saturating_add(output);
        account.spent.cost += self.ledger.cost(input, output);
        account.under_way -= 1;
        account.held_tokens -= self.bound.input + self.bound.output;
        account.held_cost -= self.cost();
        if account.under_way == 0 {
            // Sums and differences of floats leave crumbs.
            account.held_cost = 0.0;
        }
        drop(account);
        self.ledger.settled.notify_all();
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.pay(self.bound.input, self.bound.output);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PRICES: Prices = Prices { input: 1_000_000.0, output: 2_000_000.0 };

    fn ledger(calls: Option<u64>, tokens: Option<u64>, cost: Option<f64>) -> Ledger {
        Ledger::new(Limits { calls, tokens, cost }, PRICES)
    }

    #[test]
    fn what_is_not_used_can_be_spent_again() {
        let ledger = ledger(None, Some(100), None);
        let bound = Bound { input: 50, output: 30 };
        assert_eq!(ledger.reserve(bound).unwrap().settle(10, 5), 20.0);
        ledger.reserve(bound).unwrap().settle(20, 0);
        assert_eq!(
            ledger.reserve(bound).err().unwrap().to_string(),
            "the agent's budget is spent: max_tokens_total = 100: 35 are used, the next call may take 80"
        );
        assert!(ledger.reserve(Bound { input: 60, output: 5 }).is_ok());
        // Dropped, so paid in full.
        assert_eq!(ledger.spent().input_tokens, 90);
    }

    #[test]
    fn cost_and_calls_have_limits() {
        let bound = Bound { input: 1, output: 1 };
        let by_cost = ledger(None, None, Some(5.0));
        by_cost.reserve(bound).unwrap().settle(1, 1);
        assert!(
            matches!(by_cost.reserve(bound), Err(AgentError::Budget { what }) if what.starts_with("max_cost = 5"))
        );
        let by_calls = ledger(Some(1), None, None);
        let first = by_calls.reserve(bound).unwrap();
        assert!(
            matches!(by_calls.reserve(bound), Err(AgentError::Budget { what }) if what == "max_calls = 1")
        );
        first.settle(0, 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn threads_together_never_overrun(
            calls in 1u64..30, tokens in 1u64..400, cost in 1.0f64..400.0,
            asks in proptest::collection::vec((1u64..20, 1u64..20, 0u64..20, 0u64..20), 40),
        ) {
            let ledger = &ledger(Some(calls), Some(tokens), Some(cost));
            std::thread::scope(|scope| {
                for part in asks.chunks(5) {
                    scope.spawn(move || for (input, output, read, written) in part {
                        if let Ok(reserved) = ledger.reserve(Bound { input: *input, output: *output }) {
                            std::thread::yield_now();
                            reserved.settle(*read.min(input), *written.min(output));
                        }
                    });
                }
            });
            let spent = ledger.spent();
            prop_assert!(spent.calls <= calls);
            prop_assert!(spent.input_tokens + spent.output_tokens <= tokens);
            prop_assert!(spent.cost <= cost + 1e-9);
        }
    }
}
