//! SPDX expressions as text: the one spelling, and the class of an expression.

use spdx::expression::{ExprNode, Operator};
use spdx::{AdditionItem, Expression, LicenseItem, LicenseReq, ParseError};

use super::licence::LicenceError;
use super::revocability::{self, Revocability};

/// The edition of the SPDX licence list whose ids a record may name.
///
/// Part of the record format: a node with another list would refuse records that its peers accept. A licence that is
/// newer than the list is named as `LicenseRef-…` until the format moves on.
pub const SPDX_LIST_VERSION: &str = "3.29.0";

/// A part of an expression on its way to text.
struct Part {
    text: String,
    class: Revocability,
    /// Whether the outermost operator is `OR`, which has to be bracketed inside an `AND`.
    is_or: bool,
}

/// Returns the canonical text of an expression and its class; ids must be in SPDX's own case.
///
/// Canonical: upper-case operators with one space on either side, brackets only around an `OR` inside an `AND`,
/// operands in the order given. Order is kept because it is the author's; `AND` and `OR` are
/// associative, so brackets that merely group alike operators are dropped.
pub(super) fn canonical(text: &str) -> Result<(String, Revocability), LicenceError> {
    let expression = Expression::parse(text).map_err(|error| explain(text, error))?;
    let mut stack: Vec<Part> = Vec::new();
    for node in expression.iter() {
        let part = match node {
            ExprNode::Req(requirement) => operand(&requirement.req)?,
            ExprNode::Op(operator) => {
                let (Some(right), Some(left)) = (stack.pop(), stack.pop()) else {
                    return Err(LicenceError::Syntax { at: 0, problem: "operator without operands".into() });
                };
                join(left, *operator, right)
            }
        };
        stack.push(part);
    }
    stack.pop().map(|whole| (whole.text, whole.class)).ok_or(LicenceError::Empty)
}

fn operand(requirement: &LicenseReq) -> Result<Part, LicenceError> {
    if has_empty_ref(requirement) {
        return Err(LicenceError::EmptyRef);
    }
    let class = match &requirement.license {
        // The `spdx` crate lists it among the licences, but it is an answer of its own and joins nothing.
        LicenseItem::Spdx { id, .. } if id.name == "NOASSERTION" => {
            return Err(LicenceError::UnknownId { id: id.name.to_owned() });
        }
        LicenseItem::Spdx { id, .. } => revocability::of_listed_id(id.name),
        LicenseItem::Other(_) => Revocability::Contract,
    };
    Ok(Part { text: requirement.to_string(), class, is_or: false })
}

/// The `spdx` crate takes `LicenseRef-` with nothing behind it, which names no licence.
fn has_empty_ref(requirement: &LicenseReq) -> bool {
    let empty = |document: &Option<String>, name: &str| name.is_empty() || document.as_deref() == Some("");
    let licence = match &requirement.license {
        LicenseItem::Other(reference) => empty(&reference.doc_ref, &reference.lic_ref),
        LicenseItem::Spdx { .. } => false,
    };
    let addition = match &requirement.addition {
        Some(AdditionItem::Other(reference)) => empty(&reference.doc_ref, &reference.add_ref),
        _ => false,
    };
    licence || addition
}

fn join(left: Part, operator: Operator, right: Part) -> Part {
    match operator {
        Operator::Or => Part {
            text: format!("{} OR {}", left.text, right.text),
            class: left.class.or(right.class),
            is_or: true,
        },
        Operator::And => Part {
            class: left.class.and(right.class),
            text: format!("{} AND {}", bracketed(left), bracketed(right)),
            is_or: false,
        },
    }
}

fn bracketed(part: Part) -> String {
    if part.is_or { format!("({})", part.text) } else { part.text }
}

fn explain(text: &str, error: ParseError) -> LicenceError {
    use spdx::error::Reason;
    let word = || text.get(error.span.clone()).unwrap_or_default().to_owned();
    match error.reason {
        Reason::Empty => LicenceError::Empty,
        Reason::UnknownLicense | Reason::UnknownException | Reason::UnknownTerm => {
            LicenceError::UnknownId { id: word() }
        }
        Reason::DeprecatedLicenseId => LicenceError::DeprecatedId { id: word() },
        reason => LicenceError::Syntax { at: error.span.start, problem: reason.to_string() },
    }
}

/// Returns the text with every SPDX id in SPDX's own case and every operator in upper case.
///
/// SPDX ids are matched without regard to case and dataset cards write them in lower case (`cc-by-4.0`). This
/// scans the whole list, so it serves what people type; decoding does without it.
pub(super) fn in_spdx_case(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_word(c) != is_word(first)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        out.push_str(spdx_case_of(run).unwrap_or(run));
        rest = tail;
    }
    out
}

fn spdx_case_of(word: &str) -> Option<&'static str> {
    let reserved = ["AND", "OR", "WITH", "NONE", "NOASSERTION"].into_iter();
    let licences = spdx::identifiers::LICENSES.iter().map(|licence| licence.name);
    let exceptions = spdx::identifiers::EXCEPTIONS.iter().map(|exception| exception.name);
    reserved.chain(licences).chain(exceptions).find(|name| name.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spdx_list_is_the_edition_the_format_names() {
        assert_eq!(
            spdx::license_version(),
            SPDX_LIST_VERSION,
            "another licence list changes which records are valid: that is a change of the record format"
        );
    }

    #[test]
    fn spdx_ids_differ_by_more_than_case() {
        let mut names: Vec<String> =
            spdx::identifiers::LICENSES.iter().map(|licence| licence.name.to_lowercase()).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
