//! Figures with their limits and ratios, as tables for people and as one JSON object.

use std::fmt;

use serde_json::{Value, json};

/// Which side of a limit a figure should be on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    /// The figure should reach this.
    AtLeast(f64),
    /// The figure should not exceed this.
    AtMost(f64),
}

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) limit: Option<Limit>,
}

/// The figures of one measurement.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) figures: Vec<Figure>,
    /// What a reader must know to judge them.
    pub(crate) notes: Vec<String>,
}

/// Everything measured in one run.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    cores: usize,
    pub(crate) sections: Vec<Section>,
}

impl Limit {
    const fn value(self) -> f64 {
        match self {
            Self::AtLeast(value) | Self::AtMost(value) => value,
        }
    }
}

impl Figure {
    /// The figure as a multiple of its limit.
    fn ratio(&self) -> Option<f64> {
        self.limit.map(|limit| self.value / limit.value())
    }

    fn holds(&self) -> Option<bool> {
        self.limit.map(|limit| match limit {
            Limit::AtLeast(least) => self.value >= least,
            Limit::AtMost(most) => self.value <= most,
        })
    }

    fn to_json(&self) -> Value {
        let limit = self.limit.map(|limit| match limit {
            Limit::AtLeast(value) => json!({ "at_least": value }),
            Limit::AtMost(value) => json!({ "at_most": value }),
        });
        json!({
            "name": self.name, "value": self.value, "unit": self.unit,
            "limit": limit, "ratio": self.ratio(), "holds": self.holds(),
        })
    }
}

impl Section {
    /// Begins a section.
    pub(crate) fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), figures: Vec::new(), notes: Vec::new() }
    }

    /// Adds a figure that nothing is asked of.
    pub(crate) fn figure(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.figures.push(Figure { name: name.into(), value, unit, limit: None });
    }

    /// Adds a figure with its limit.
    pub(crate) fn limited(&mut self, name: impl Into<String>, value: f64, unit: &'static str, limit: Limit) {
        self.figures.push(Figure { name: name.into(), value, unit, limit: Some(limit) });
    }

    /// Adds a remark.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

impl Report {
    /// Begins a report on this machine.
    pub(crate) fn new() -> Self {
        Self { cores: cores(), sections: Vec::new() }
    }

    /// Returns the whole report as one JSON object.
    pub(crate) fn to_json(&self) -> String {
        let section = |section: &Section| {
            let figures: Vec<Value> = section.figures.iter().map(Figure::to_json).collect();
            json!({ "title": section.title, "figures": figures, "notes": section.notes })
        };
        let sections: Vec<Value> = self.sections.iter().map(section).collect();
        json!({ "cores": self.cores, "sections": sections }).to_string()
    }
}

/// Cores this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cores", self.cores)?;
        self.sections.iter().try_for_each(|section| write!(f, "\n\n{section}"))
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "== {}", self.title)?;
        let width = self.figures.iter().map(|figure| figure.name.len()).max().unwrap_or(0);
        write!(f, "{:width$} {:>14} {:10} {:>16} {:>7}", "", "figure", "", "limit", "ratio")?;
        for figure in &self.figures {
            let Figure { name, value, unit, .. } = figure;
            write!(f, "\n{name:width$} {:>14} {unit:10}", number(*value))?;
            if let (Some(limit), Some(ratio), Some(holds)) = (figure.limit, figure.ratio(), figure.holds()) {
                let sign = if matches!(limit, Limit::AtLeast(_)) { "≥" } else { "≤" };
                let mark = if holds { "" } else { "  missed" };
                write!(f, " {:>16} {ratio:>7.2}{mark}", format!("{sign} {}", number(limit.value())))?;
            }
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n  {note}"))
    }
}

/// Writes a number with as many digits as mean something, and groups of three.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        small if small < 10.0 => 2,
        medium if medium < 1000.0 => 1,
        _ => return grouped(value),
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
    let mut text = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        let written = [0.0, 1.054, 6.0, 212.25, 999.96, 1_234_567.8, -4_200.0].map(number);
        assert_eq!(written, ["0", "1.05", "6", "212.2", "1000", "1,234,568", "-4,200"]);
    }

    #[test]
    fn a_limit_holds_on_its_own_side() {
        let figure =
            |limit| Figure { name: String::new(), value: 5.0, unit: "B", limit: Some(limit) }.holds();
        assert_eq!(figure(Limit::AtLeast(5.0)), Some(true));
        assert_eq!(figure(Limit::AtLeast(5.1)), Some(false));
        assert_eq!(figure(Limit::AtMost(5.0)), Some(true));
        assert_eq!(figure(Limit::AtMost(4.9)), Some(false));
    }
}
