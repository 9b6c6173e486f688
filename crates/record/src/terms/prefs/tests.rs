use super::*;

/// Every value there is: 3 preferences to the power of 5 purposes.
fn all() -> impl Iterator<Item = Preferences> {
    (0..1 << 10).filter_map(|bits| Preferences::unpack(bits).ok())
}

/// Reads back what a cheap, separately written rule says: any deny, else any allow, else unset.
fn most_restrictive(statements: &[Preference]) -> Preference {
    if statements.contains(&Preference::Deny) {
        Preference::Deny
    } else if statements.contains(&Preference::Allow) {
        Preference::Allow
    } else {
        Preference::Unset
    }
}

#[test]
fn packing_is_one_to_one_and_refuses_everything_else() {
    let accepted = (0..=u16::MAX).filter(|bits| match Preferences::unpack(*bits) {
        Ok(prefs) => {
            assert_eq!(prefs.pack(), *bits);
            true
        }
        Err(error) => {
            assert_eq!(error, PrefsError::Packed { bits: *bits });
            false
        }
    });
    assert_eq!(accepted.count(), 3_usize.pow(5));
}

#[test]
fn packing_has_the_order_the_format_names() {
    let one = |set: fn(&mut Preferences)| {
        let mut prefs = Preferences::UNSET;
        set(&mut prefs);
        prefs.pack()
    };
    assert_eq!(one(|p| p.train = Preference::Allow), 0b01);
    assert_eq!(one(|p| p.ai_use = Preference::Deny), 0b10 << 2);
    assert_eq!(one(|p| p.search = Preference::Allow), 0b01 << 4);
    assert_eq!(one(|p| p.evaluate = Preference::Deny), 0b10 << 6);
    assert_eq!(one(|p| p.tdm = Preference::Deny), 0b10 << 8);
    assert_eq!(Preferences::default().pack(), 0);
}

#[test]
fn combine_is_the_most_restrictive_for_each_purpose() {
    for a in all() {
        for b in all() {
            let both = a.combine(b);
            for purpose in Purpose::ALL {
                assert_eq!(both.about(*purpose), most_restrictive(&[a.about(*purpose), b.about(*purpose)]));
                assert_eq!(both.permits(*purpose), a.permits(*purpose) && b.permits(*purpose));
            }
        }
    }
}

#[test]
fn combine_is_commutative_associative_and_idempotent() {
    let three = [Preference::Unset, Preference::Allow, Preference::Deny];
    for a in three {
        assert_eq!(a.combine(a), a);
        for b in three {
            assert_eq!(a.combine(b), b.combine(a));
            for c in three {
                assert_eq!(a.combine(b).combine(c), a.combine(b.combine(c)));
            }
        }
    }
}

#[test]
fn overlay_never_opens_what_a_header_denies() {
    for header in all() {
        let effective = header.overlay([Preferences::EVALUATION_ONLY, Preferences::NO_TRAINING]);
        assert!(!effective.permits(Purpose::Train));
        for purpose in Purpose::ALL {
            assert!(header.permits(*purpose) || !effective.permits(*purpose));
        }
        assert_eq!(header.overlay([]), header);
    }
}

#[test]
fn permits_asks_for_a_denial_and_replication_has_none() {
    let prefs = Preferences { train: Preference::Deny, search: Preference::Allow, ..Preferences::UNSET };
    assert!(!prefs.permits(Purpose::Train));
    assert!(prefs.permits(Purpose::Search));
    assert!(prefs.permits(Purpose::Tdm), "there is no hierarchy between purposes");
    let closed = Preferences::unpack(0b10_1010_1010).unwrap();
    let open: Vec<_> = Purpose::ALL.iter().filter(|purpose| closed.permits(**purpose)).collect();
    assert_eq!(open, [&Purpose::Replicate]);
}

#[test]
fn codes_and_words_are_those_of_the_format() {
    let conditions: Vec<_> = Condition::ALL.iter().map(|c| (c.code(), c.as_str())).collect();
    assert_eq!(
        conditions,
        [
            (0, "credit"),
            (1, "direct-contribution"),
            (2, "ecosystem-contribution"),
            (3, "open"),
            (4, "pay"),
            (5, "ask"),
            (6, "eval-only-until"),
        ]
    );
    let purposes: Vec<_> = Purpose::ALL.iter().map(|p| (p.code(), p.as_str())).collect();
    assert_eq!(
        purposes,
        [(0, "replicate"), (1, "train"), (2, "ai-use"), (3, "search"), (4, "evaluate"), (5, "tdm"),]
    );
}

#[test]
fn codes_and_words_read_back_and_others_are_refused() {
    for condition in Condition::ALL {
        assert_eq!(Condition::from_code(condition.code()), Ok(*condition));
        assert_eq!(condition.as_str().parse(), Ok(*condition));
    }
    for purpose in Purpose::ALL {
        assert_eq!(Purpose::from_code(purpose.code()), Ok(*purpose));
        assert_eq!(purpose.as_str().parse(), Ok(*purpose));
    }
    assert_eq!(Condition::from_code(7), Err(PrefsError::Condition));
    assert_eq!(Purpose::from_code(6), Err(PrefsError::Purpose));
    assert_eq!("Train".parse::<Purpose>(), Err(PrefsError::Purpose));
    assert_eq!("deny".parse(), Ok(Preference::Deny));
    assert_eq!("no".parse::<Preference>(), Err(PrefsError::Preference));
}
