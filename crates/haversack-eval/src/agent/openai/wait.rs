use std::time::{Duration, SystemTime};

use ureq::http::HeaderMap;

/// How long a server asks to wait: `retry-after-ms` in milliseconds, else `Retry-After` in seconds or as a date
/// (RFC 9110, section 10.2.3). A date is held against the server's own clock where the reply tells it.
pub(super) fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |name: &str| text(name).and_then(|text| text.parse::<f64>().ok());
    let duration = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
    if let Some(wait) = number("retry-after-ms").and_then(|millis| duration(millis / 1000.0)) {
        return Some(wait);
    }
    if let Some(wait) = number("retry-after").and_then(duration) {
        return Some(wait);
    }
    let until = httpdate::parse_http_date(text("retry-after")?).ok()?;
    let now = text("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use ureq::http::{HeaderName, HeaderValue};

    use super::*;

    fn wait(headers: &[(&'static str, &'static str)]) -> Option<f64> {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        // Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        asked(&headers.iter().map(pair).collect(), now).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn seconds_milliseconds_and_dates() {
        assert_eq!(wait(&[("retry-after", "2")]), Some(2.0));
        assert_eq!(wait(&[("retry-after", " 0.5 ")]), Some(0.5));
        assert_eq!(wait(&[("retry-after", "20"), ("retry-after-ms", "150")]), Some(0.15));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]), Some(10.0));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:00 GMT")]), Some(0.0));
        let server = ("date", "Sun, 06 Nov 1994 08:49:40 GMT");
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"), server]), Some(7.0));
    }

    #[test]
    fn nonsense_is_no_wait() {
        for value in ["soon", "-3", "NaN", "inf", "", "1e300"] {
            assert_eq!(wait(&[("retry-after", value)]), None, "{value}");
        }
        assert_eq!(wait(&[]), None);
    }
}
