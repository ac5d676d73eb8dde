/// Parses a finite number. `nan`, `inf` and overflowing text, which `str::parse` accepts, give `None`.
///
/// ```
/// use tonsure::geometry::parse_finite;
/// assert_eq!(parse_finite(" 1.5e1 "), Some(15.0));
/// assert_eq!(parse_finite("nan"), None);
/// assert_eq!(parse_finite("1e999"), None);
/// ```
pub fn parse_finite(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|value| value.is_finite())
}

/// Fixed-point text with at most `places` decimals, without trailing zeros and without a negative zero.
///
/// ```
/// use tonsure::geometry::decimal;
/// assert_eq!(decimal(1.2500, 3), "1.25");
/// assert_eq!(decimal(-0.0004, 3), "0");
/// assert_eq!(decimal(20.0, 3), "20");
/// ```
pub fn decimal(value: f64, places: usize) -> String {
    let mut text = format!("{value:.places$}");
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    if text == "-0" { "0".to_owned() } else { text }
}
