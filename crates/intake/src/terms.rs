//! Terms: domains and tags in the one spelling of the ledger, and whose word holds about licence and preferences.

use commonwheel_record::terms::{Licence, MAX_SLUG_BYTES, Preference, Preferences, Slug};

/// What a collective's charter says of contributions.
#[derive(Debug, Clone, Copy)]
pub struct Defaults<'a> {
    /// The licence of those that name none.
    pub licence: &'a Licence,
    /// The preferences of those that state none.
    pub preferences: Preferences,
    /// Whether nobody may be more permissive than that.
    pub locked: bool,
}

impl Defaults<'_> {
    /// Says whether terms that were settled before, perhaps under an earlier charter, may stand under this one.
    pub fn admits(&self, licence: &Licence, preferences: Preferences) -> bool {
        self.admits_licence(licence) && (!self.locked || preferences.combine(self.preferences) == preferences)
    }

    fn admits_licence(&self, licence: &Licence) -> bool {
        !self.locked || licence == self.licence || licence.class() > self.licence.class()
    }
}

/// What somebody says of contributions: of one item, or a member of all of theirs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stated<'a> {
    /// The licence, if they name one.
    pub licence: Option<&'a Licence>,
    /// The preferences; what is unset is left to the next one's word.
    pub preferences: Preferences,
}

/// The charter locks the licence, and another one was stated that cannot be taken back as far.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the charter locks the licence: {stated} cannot be taken back as far as {locked}, or differs from it as freely"
)]
pub struct Locked {
    /// What was stated.
    pub stated: Licence,
    /// What the charter says.
    pub locked: Licence,
}

/// Returns the licence and the preferences that hold: the item's before the member's before the collective's.
///
/// Each purpose goes by the first word said about it. Where the charter locks its terms the stricter of that word and
/// the charter's holds, and another licence only if it can be taken back further.
///
/// # Errors
/// [`Locked`].
pub fn settle(
    defaults: &Defaults<'_>,
    item: &Stated<'_>,
    member: &Stated<'_>,
) -> Result<(Licence, Preferences), Locked> {
    let licence = item.licence.or(member.licence).unwrap_or(defaults.licence);
    if !defaults.admits_licence(licence) {
        return Err(Locked { stated: licence.clone(), locked: defaults.licence.clone() });
    }
    let said = first_said(item.preferences, first_said(member.preferences, defaults.preferences));
    let preferences = if defaults.locked { said.combine(defaults.preferences) } else { said };
    Ok((licence.clone(), preferences))
}

/// Returns for each purpose what the first says, or where that is nothing what the second says.
fn first_said(first: Preferences, second: Preferences) -> Preferences {
    let said = |first: Preference, second| if first == Preference::Unset { second } else { first };
    Preferences {
        train: said(first.train, second.train),
        ai_use: said(first.ai_use, second.ai_use),
        search: said(first.search, second.search),
        evaluate: said(first.evaluate, second.evaluate),
        tdm: said(first.tdm, second.tdm),
    }
}

/// The slug a word means: case is lowered, blanks and underscores become hyphens. None if that gives no slug.
///
/// A header is public, so what is longer than a word or has other letters is never cut or spelled out.
pub fn slug(word: &str) -> Option<Slug> {
    let word = word.trim();
    if word.len() > MAX_SLUG_BYTES {
        return None;
    }
    let spelled = |c: char| if c == ' ' || c == '_' { '-' } else { c.to_ascii_lowercase() };
    Slug::parse(&word.chars().map(spelled).collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use commonwheel_record::terms::Purpose;

    use super::*;

    const PREFERENCES: [Preference; 3] = [Preference::Unset, Preference::Allow, Preference::Deny];

    fn about_training(train: Preference) -> Stated<'static> {
        Stated { licence: None, preferences: Preferences { train, ..Preferences::UNSET } }
    }

    /// Every combination of what item, member and collective may say of one purpose.
    #[test]
    fn the_items_word_comes_before_the_members_and_that_before_the_collectives() {
        let licence = Licence::parse("CC-BY-4.0").unwrap();
        for (item, member, collective) in PREFERENCES
            .into_iter()
            .flat_map(|a| PREFERENCES.into_iter().flat_map(move |b| PREFERENCES.map(|c| (a, b, c))))
        {
            let preferences =
                Preferences { train: collective, search: Preference::Deny, ..Preferences::UNSET };
            for locked in [false, true] {
                let defaults = Defaults { licence: &licence, preferences, locked };
                let (_, settled) = settle(&defaults, &about_training(item), &about_training(member)).unwrap();
                let words = [item, member, collective];
                let first = words.into_iter().find(|word| *word != Preference::Unset);
                let expected = match first.unwrap_or_default() {
                    _ if locked && collective == Preference::Deny => Preference::Deny,
                    first => first,
                };
                assert_eq!(settled.train, expected, "{words:?}, locked: {locked}");
                assert!(defaults.admits(&licence, settled), "what is settled may stand");
                let stated = Preferences { train: item, ..preferences };
                let stricter = !locked || item >= collective;
                assert_eq!(defaults.admits(&licence, stated), stricter, "{item} under {collective}");
                assert_eq!(settled.about(Purpose::Search), Preference::Deny, "nobody spoke of it");
                assert_eq!(settled.about(Purpose::Tdm), Preference::Unset);
            }
        }
    }

    #[test]
    fn a_locked_licence_gives_way_only_to_one_that_can_be_taken_back_further() {
        let licences = ["CC-BY-4.0", "CC0-1.0", "ODbL-1.0", "LicenseRef-ours", "LicenseRef-theirs"];
        let parsed = licences.map(|text| Licence::parse(text).unwrap());
        let none = Stated::default();
        for default in &parsed {
            for stated in &parsed {
                let said = Stated { licence: Some(stated), ..none };
                let defaults = Defaults { licence: default, preferences: Preferences::UNSET, locked: false };
                assert_eq!(settle(&defaults, &none, &said).unwrap().0, *stated);
                assert_eq!(
                    settle(&defaults, &said, &Stated { licence: Some(default), ..none }).unwrap().0,
                    *stated
                );
                let settled = settle(&Defaults { locked: true, ..defaults }, &none, &said);
                let stricter = stated == default || stated.class() > default.class();
                assert_eq!(settled.is_ok(), stricter, "{stated} instead of {default}");
            }
            let defaults = Defaults { licence: default, preferences: Preferences::UNSET, locked: true };
            assert_eq!(settle(&defaults, &none, &none).unwrap().0, *default);
        }
        let (locked, open) = (&parsed[3], &parsed[1]);
        let defaults = Defaults { licence: locked, preferences: Preferences::UNSET, locked: true };
        let error = settle(&defaults, &Stated { licence: Some(open), ..none }, &none).unwrap_err();
        assert!(error.to_string().contains("CC0-1.0") && error.to_string().contains("LicenseRef-ours"));
    }

    #[test]
    fn words_become_slugs() {
        for (word, expected) in [
            ("Flights", "flights"),
            (" rental cars ", "rental-cars"),
            ("ride_sharing", "ride-sharing"),
            ("19th-c", "19th-c"),
        ] {
            assert_eq!(slug(word).unwrap().as_str(), expected, "{word:?}");
        }
    }

    #[test]
    fn what_could_carry_a_sentence_is_none() {
        for word in ["", "  ", "-a", "a/b", "santé", "my divorce, with details", "a\nb", &"x".repeat(33)] {
            assert_eq!(slug(word), None, "{word:?}");
        }
    }
}
