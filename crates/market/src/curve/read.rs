//! From comma-separated values to measurements.

use super::Point;

/// The most measurements a curve may have.
const MAX_POINTS: usize = 10_000;

const FRACTION: &str = "frac";
const LARGE: &str = "large";
const SMALL: &str = "small";

/// Why a text is no curve. Lines are counted from 1, the line of names included.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CurveError {
    /// There is no line of names.
    #[error("line 1: no line of column names")]
    NoNames,
    /// A column that is read is not there.
    #[error("line 1: no column `{column}`")]
    NoColumn {
        /// Its name.
        column: &'static str,
    },
    /// No measurement follows the names.
    #[error("line 2: no measurement")]
    NoPoints,
    /// There are more measurements than a curve may have.
    #[error("line {line}: more than {MAX_POINTS} measurements")]
    TooMany {
        /// The first line too many.
        line: usize,
    },
    /// A cell is in quotes, which this format does not have.
    #[error("line {line}: quotes, which numbers do not need")]
    Quoted {
        /// Where.
        line: usize,
    },
    /// A line has more or fewer cells than there are names.
    #[error("line {line}: {found} cells where {expected} columns are named")]
    Cells {
        /// Where.
        line: usize,
        /// Columns named.
        expected: usize,
        /// Cells found.
        found: usize,
    },
    /// A cell holds no finite number.
    #[error("line {line}, column `{column}`: `{found}` is no finite number")]
    Number {
        /// Where.
        line: usize,
        /// Its column.
        column: &'static str,
        /// What it holds, cut short.
        found: String,
    },
    /// A fraction lies outside 0 to 1.
    #[error("line {line}, column `frac`: {found} is no fraction between 0 and 1")]
    NoFraction {
        /// Where.
        line: usize,
        /// What it is.
        found: f64,
    },
    /// A fraction is not larger than the one before.
    #[error("line {line}, column `frac`: {found} does not follow {before}: fractions ascend")]
    Order {
        /// Where.
        line: usize,
        /// What it is.
        found: f64,
        /// The one before.
        before: f64,
    },
}

pub(super) fn points(text: &str) -> Result<Vec<Point>, CurveError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end();
    let mut lines = (1..).zip(text.lines());
    let (_, names) = lines.next().filter(|(_, line)| !line.trim().is_empty()).ok_or(CurveError::NoNames)?;
    let columns = Columns::of(&cells(1, names)?)?;
    let mut points: Vec<Point> = Vec::new();
    for (line, text) in lines {
        if points.len() == MAX_POINTS {
            return Err(CurveError::TooMany { line });
        }
        let point = columns.point(line, &cells(line, text)?)?;
        follows(line, points.last(), &point)?;
        points.push(point);
    }
    if points.is_empty() { Err(CurveError::NoPoints) } else { Ok(points) }
}

fn cells(line: usize, text: &str) -> Result<Vec<&str>, CurveError> {
    if text.contains('"') {
        return Err(CurveError::Quoted { line });
    }
    Ok(text.split(',').map(str::trim).collect())
}

fn follows(line: usize, before: Option<&Point>, point: &Point) -> Result<(), CurveError> {
    let found = point.fraction;
    match before {
        Some(before) if found <= before.fraction => {
            Err(CurveError::Order { line, found, before: before.fraction })
        }
        _ => Ok(()),
    }
}

/// Where the columns that are read stand, and how many there are.
#[derive(Clone, Copy, Debug)]
struct Columns {
    fraction: usize,
    large: usize,
    small: usize,
    count: usize,
}

impl Columns {
    fn of(names: &[&str]) -> Result<Self, CurveError> {
        let find = |column: &'static str| {
            names.iter().position(|name| *name == column).ok_or(CurveError::NoColumn { column })
        };
        Ok(Self { fraction: find(FRACTION)?, large: find(LARGE)?, small: find(SMALL)?, count: names.len() })
    }

    fn point(&self, line: usize, cells: &[&str]) -> Result<Point, CurveError> {
        if cells.len() != self.count {
            return Err(CurveError::Cells { line, expected: self.count, found: cells.len() });
        }
        let fraction = number(line, FRACTION, cells.get(self.fraction))?;
        if !(0.0..=1.0).contains(&fraction) {
            return Err(CurveError::NoFraction { line, found: fraction });
        }
        let large = number(line, LARGE, cells.get(self.large))?;
        let small = number(line, SMALL, cells.get(self.small))?;
        Ok(Point { fraction, large, small })
    }
}

fn number(line: usize, column: &'static str, cell: Option<&&str>) -> Result<f64, CurveError> {
    let cell = cell.copied().unwrap_or_default();
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(CurveError::Number { line, column, found: cell.chars().take(40).collect() }),
    }
}
