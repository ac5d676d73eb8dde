//! The sheet that a client takes home: what to do when, with the dates of the plan.

use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, HtmlEscape, UndefinedBehavior, Value};

use super::calendar::{Day, session_days};
use crate::case::Case;
use crate::error::{Error, Result};

/// The text that is used where a clinic has none of its own.
pub const TEMPLATE: &str = include_str!("sheet.html");

/// Steps that a template may take (minijinja's fuel): far more than a sheet needs.
const MOST_WORK: u64 = 1_000_000;

/// A time after a session in which something is to be done or left.
struct Period {
    name: &'static str,
    /// First and last day, counted from the session's day, which is 1.
    days: [u32; 2],
}

/// What practitioners ask for: days 1 to 4 dry and untouched; 5 to 7 water only and no heavy sweat; 8 to 14 no picking, thin
/// moisturiser; 30 days without sun, sauna and pool, sun protection from then on (trade pages; a clinic's own template may say otherwise).
const PERIODS: [Period; 4] = [
    Period { name: "dry", days: [1, 4] },
    Period { name: "water", days: [5, 7] },
    Period { name: "heal", days: [8, 14] },
    Period { name: "sun", days: [1, 30] },
];

/// Days after the last session on which the result is looked at: pigment has settled, and a touch-up can be planned.
const REVIEW_DAYS: u32 = 28;

/// The sheet of a case, as HTML.
///
/// The template is one of minijinja. It gets `case` (its name), `start_is_known` (whether days are dates), `sessions`, and `review` (a day).
/// Each of `sessions` has `number`, `day`, `next` (the day of the next one; false for the last), `protect` (the first day on which sun
/// protection is enough; false where the next session comes before it) and the times `dry`, `water`, `heal` and `sun` with `from` and `to`; a time that reaches beyond the next session
/// ends on the day before it, and one that would begin on its day or later is false. The name of the case is escaped for HTML.
///
/// # Errors
/// A template with a fault or an unknown name; the line is named.
pub fn sheet(case: &Case, template: &str) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(MOST_WORK));
    environment.remove_filter("safe");
    let fault = |error: minijinja::Error| {
        let line = error.line().map_or_else(|| "template".to_owned(), |line| format!("line {line}"));
        Error::input(format!("a fault in the template: {error}"))
            .place(line)
            .expected("a template of minijinja with the names that the built-in one uses")
            .remedy("correct it; `tonsure aftercare --print-template` prints the built-in one")
    };
    environment.add_template("sheet", template).map_err(fault)?;
    let days = session_days(case);
    let sessions: Vec<Value> = (0..days.len()).map(|index| session(&days, index)).collect();
    let review = days.last().copied().unwrap_or_else(|| Day::first(case)).after(REVIEW_DAYS);
    let context = object([
        // Escaped here: a template can switch its own escaping off.
        ("case", Value::from_safe_string(HtmlEscape(case.name.as_deref().unwrap_or_default()).to_string())),
        ("start_is_known", Value::from(review.date().is_some())),
        ("sessions", sessions.into_iter().collect()),
        ("review", Value::from(review.to_string())),
    ]);
    environment.get_template("sheet").and_then(|sheet| sheet.render(context)).map_err(fault)
}

/// The values of a session.
fn session(days: &[Day], index: usize) -> Value {
    let (day, next) = (days[index], days.get(index + 1));
    let on = |number: u32| day.after(number.saturating_sub(1));
    let until = |number: u32| next.map_or(on(number), |next| on(number).min(on(next.number - day.number)));
    let period = |Period { name, days: [from, to] }: &Period| {
        if next.is_some_and(|next| *next <= on(*from)) {
            return (*name, Value::from(false));
        }
        let times = [("from", Value::from(on(*from).to_string())), ("to", Value::from(until(*to).to_string()))];
        (*name, object(times))
    };
    let [.., Period { days: [_, last], .. }] = PERIODS;
    let is_before_next = next.is_none_or(|next| on(last + 1) < *next);
    let values = [
        ("number", Value::from(index + 1)),
        ("day", Value::from(day.to_string())),
        ("next", next.map_or(Value::from(false), |next| Value::from(next.to_string()))),
        ("protect", if is_before_next { Value::from(on(last + 1).to_string()) } else { Value::from(false) }),
    ];
    object(values.into_iter().chain(PERIODS.iter().map(period)))
}

fn object<'a>(values: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::from(values.into_iter().collect::<Kwargs>())
}
