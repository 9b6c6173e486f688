//! Whether a licence can be taken back, and the algebra of that over SPDX expressions.

use std::fmt;

/// How far a licence, once given, can be taken back; ordered from the most irrevocable to the most revocable.
///
/// In an expression `OR` takes the most irrevocable operand, since whoever received the data may choose it, and
/// `AND` the most revocable, since every operand has to hold. So the classes form a lattice with
/// [`Revocability::or`] as minimum and [`Revocability::and`] as maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revocability {
    /// Class A: the text says "irrevocable".
    Irrevocable,
    /// Class A-: irrevocable, except towards those who breach it.
    IrrevocableExceptBreach,
    /// Class B: granted for the term of the rights, terminable only for breach.
    TermOfRights,
    /// Class C: the text is silent on revocation, so nobody may rely on taking it back.
    Silent,
    /// Class D: a contract that says itself when it ends (`LicenseRef-…`).
    Contract,
    /// Class E: no licence at all; such a record is never released.
    None,
}

impl Revocability {
    /// Every class, from the most irrevocable to the most revocable.
    pub const ALL: [Self; 6] = [
        Self::Irrevocable,
        Self::IrrevocableExceptBreach,
        Self::TermOfRights,
        Self::Silent,
        Self::Contract,
        Self::None,
    ];

    /// Returns whether a copy released openly under this class stays licensed whatever its owner does later.
    ///
    /// True for A, A-, B and C: for C no promise is made either way, and a strike must not claim
    /// to undo what a court might well find granted for good.
    pub const fn irrevocable(self) -> bool {
        matches!(self, Self::Irrevocable | Self::IrrevocableExceptBreach | Self::TermOfRights | Self::Silent)
    }

    /// Returns whether a record of this class may ever be released: all but [`Revocability::None`].
    pub const fn releasable(self) -> bool {
        !matches!(self, Self::None)
    }

    /// Returns the class of `self OR other`: the most irrevocable of the two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.min(other)
    }

    /// Returns the class of `self AND other`: the most revocable of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// Returns the letter of the class: `A`, `A-`, `B`, `C`, `D` or `E`.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Irrevocable => "A",
            Self::IrrevocableExceptBreach => "A-",
            Self::TermOfRights => "B",
            Self::Silent => "C",
            Self::Contract => "D",
            Self::None => "E",
        }
    }

    /// Returns what the class means for somebody about to sign, as a lowercase fragment.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Irrevocable => "irrevocable: released copies stay licensed, and no strike recalls them",
            Self::IrrevocableExceptBreach => {
                "irrevocable except after a breach: released copies stay licensed, save for those who breach"
            }
            Self::TermOfRights => {
                "granted for the term of the rights: treat as irrevocable, only a breach ends it"
            }
            Self::Silent => "silent on revocation: assume irrevocable, released copies may stay licensed",
            Self::Contract => "a contract: what was released can be withheld again, as its terms say",
            Self::None => "no licence: never released",
        }
    }
}

impl fmt::Display for Revocability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.letter())
    }
}

/// The common licences of data and their classes, read in the licence texts; sorted by id for a binary search.
///
/// Frozen, like everything a fold or the valve reads: an entry changes what nodes answer for records that exist.
const COMMON: &[(&str, Revocability)] = &[
    ("Apache-2.0", Revocability::Irrevocable),
    ("C-UDA-1.0", Revocability::Silent),
    ("CC-BY-3.0", Revocability::TermOfRights),
    ("CC-BY-4.0", Revocability::Irrevocable),
    ("CC-BY-NC-4.0", Revocability::Irrevocable),
    ("CC-BY-NC-ND-4.0", Revocability::Irrevocable),
    ("CC-BY-NC-SA-4.0", Revocability::Irrevocable),
    ("CC-BY-ND-4.0", Revocability::Irrevocable),
    ("CC-BY-SA-3.0", Revocability::TermOfRights),
    ("CC-BY-SA-4.0", Revocability::Irrevocable),
    ("CC0-1.0", Revocability::Irrevocable),
    ("CDLA-Permissive-1.0", Revocability::IrrevocableExceptBreach),
    ("CDLA-Permissive-2.0", Revocability::Silent),
    ("CDLA-Sharing-1.0", Revocability::IrrevocableExceptBreach),
    ("DL-DE-BY-2.0", Revocability::Silent),
    ("DL-DE-ZERO-2.0", Revocability::Silent),
    ("MIT", Revocability::Silent),
    ("NLOD-2.0", Revocability::TermOfRights),
    ("NOASSERTION", Revocability::None),
    ("NONE", Revocability::None),
    ("O-UDA-1.0", Revocability::Silent),
    ("ODC-By-1.0", Revocability::TermOfRights),
    ("ODbL-1.0", Revocability::TermOfRights),
    ("OGL-UK-3.0", Revocability::TermOfRights),
    ("PDDL-1.0", Revocability::Irrevocable),
    ("etalab-2.0", Revocability::TermOfRights),
];

/// The table's own spelling and class of `id`, if it is one of the common licences, `NONE` or `NOASSERTION`.
pub(super) fn common(id: &str) -> Option<(&'static str, Revocability)> {
    COMMON.binary_search_by(|(name, _)| (*name).cmp(id)).ok().and_then(|at| COMMON.get(at).copied())
}

/// The class of one id of the SPDX list, given without `+` and without its `WITH` exception.
///
/// An id that is not in the table is class C. Such an id names a public licence, offered to everybody, and hardly
/// any of them says how to take it back, so both errors were weighed. Calling a silent licence revocable would have
/// honest nodes withdraw what the public was given and would tell members that a strike can recall it;
/// calling a revocable one silent costs that collective some leverage, and whoever wants leverage uses a contract
/// (`LicenseRef-…`). The flags of the list (OSI approved, FSF free) are not asked: they
/// change from one edition to the next, and two nodes must not answer differently for that.
pub(super) fn of_listed_id(id: &str) -> Revocability {
    common(id).map_or(Revocability::Silent, |(_, class)| class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_is_sorted_and_every_id_is_on_the_current_spdx_list() {
        assert!(COMMON.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (id, _) in COMMON.iter().filter(|(_, class)| *class != Revocability::None) {
            let listed = spdx::license_id(id).unwrap_or_else(|| panic!("{id} is not an SPDX id"));
            assert_eq!(listed.name, *id);
            assert!(!listed.is_deprecated(), "{id} is deprecated");
        }
    }

    #[test]
    fn or_and_and_are_commutative_associative_idempotent_and_absorb() {
        for a in Revocability::ALL {
            assert_eq!((a.or(a), a.and(a)), (a, a));
            for b in Revocability::ALL {
                assert_eq!(a.or(b), b.or(a));
                assert_eq!(a.and(b), b.and(a));
                assert_eq!(a.or(a.and(b)), a);
                assert_eq!(a.and(a.or(b)), a);
                for c in Revocability::ALL {
                    assert_eq!(a.or(b).or(c), a.or(b.or(c)));
                    assert_eq!(a.and(b).and(c), a.and(b.and(c)));
                    assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
                }
            }
        }
    }

    #[test]
    fn or_and_and_are_monotone() {
        for a in Revocability::ALL {
            for b in Revocability::ALL.into_iter().filter(|b| a <= *b) {
                for c in Revocability::ALL {
                    assert!(a.or(c) <= b.or(c) && a.and(c) <= b.and(c));
                }
            }
        }
    }

    #[test]
    fn adding_an_alternative_never_makes_a_licence_more_revocable_nor_a_duty_less() {
        for a in Revocability::ALL {
            for b in Revocability::ALL {
                assert!(a.or(b) <= a && a <= a.and(b));
                assert_eq!(a.or(b).irrevocable(), a.irrevocable() || b.irrevocable());
                assert_eq!(a.and(b).irrevocable(), a.irrevocable() && b.irrevocable());
            }
        }
    }

    #[test]
    fn classes_a_to_c_count_as_irrevocable_and_only_e_is_never_released() {
        let letters = |keep: fn(Revocability) -> bool| {
            Revocability::ALL.into_iter().filter(|c| keep(*c)).map(Revocability::letter).collect::<Vec<_>>()
        };
        assert_eq!(letters(Revocability::irrevocable), ["A", "A-", "B", "C"]);
        assert_eq!(letters(Revocability::releasable), ["A", "A-", "B", "C", "D"]);
    }
}
