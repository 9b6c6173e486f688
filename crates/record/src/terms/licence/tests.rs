use super::*;

fn class(text: &str) -> Revocability {
    Licence::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).class()
}

fn canonical(text: &str) -> String {
    Licence::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

/// The table of the research notes, row by row.
#[test]
fn classes_of_the_common_licences() {
    use Revocability::{Contract, Irrevocable, IrrevocableExceptBreach, None, Silent, TermOfRights};
    for (expected, ids) in [
        (
            Irrevocable,
            "CC0-1.0 PDDL-1.0 CC-BY-4.0 CC-BY-SA-4.0 CC-BY-NC-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 Apache-2.0",
        ),
        (IrrevocableExceptBreach, "CDLA-Permissive-1.0 CDLA-Sharing-1.0"),
        (TermOfRights, "ODbL-1.0 ODC-By-1.0 CC-BY-3.0 CC-BY-SA-3.0 OGL-UK-3.0 NLOD-2.0 etalab-2.0"),
        (Silent, "CDLA-Permissive-2.0 MIT O-UDA-1.0 C-UDA-1.0 DL-DE-BY-2.0 DL-DE-ZERO-2.0"),
        (Contract, "LicenseRef-terms-1 DocumentRef-d:LicenseRef-x"),
        (None, "NONE NOASSERTION"),
    ] {
        for id in ids.split(' ') {
            assert_eq!(class(id), expected, "{id}");
            assert_eq!(Licence::parse_canonical(id).unwrap().class(), expected, "{id}");
        }
    }
}

#[test]
fn listed_ids_outside_the_table_are_silent_whatever_their_flags() {
    for id in ["GPL-3.0-only", "BSD-3-Clause", "CC-BY-2.0", "Aladdin"] {
        assert_eq!(class(id), Revocability::Silent, "{id}");
    }
}

#[test]
fn expressions_take_their_class_from_their_operands() {
    for (text, letter) in [
        ("CC-BY-4.0 OR LicenseRef-x", "A"),
        ("CC-BY-4.0 AND LicenseRef-x", "D"),
        ("MIT OR Apache-2.0", "A"),
        ("MIT AND Apache-2.0", "C"),
        ("LicenseRef-x AND (MIT OR CC0-1.0)", "D"),
        ("LicenseRef-x AND MIT OR ODbL-1.0", "B"),
        ("LicenseRef-x OR LicenseRef-y", "D"),
        ("Apache-2.0 WITH LLVM-exception", "A"),
        ("Apache-2.0+", "A"),
        ("LicenseRef-x WITH AdditionRef-y", "D"),
    ] {
        assert_eq!(class(text).letter(), letter, "{text}");
    }
}

#[test]
fn parse_brings_an_expression_to_its_one_spelling() {
    for (typed, expected) in [
        ("cc-by-4.0", "CC-BY-4.0"),
        (" mit\tor  apache-2.0 ", "MIT OR Apache-2.0"),
        ("((MIT))", "MIT"),
        ("(MIT)AND(Apache-2.0)", "MIT AND Apache-2.0"),
        ("MIT AND (Apache-2.0 OR Zlib)", "MIT AND (Apache-2.0 OR Zlib)"),
        ("(MIT AND Apache-2.0) OR Zlib", "MIT AND Apache-2.0 OR Zlib"),
        ("MIT OR (Apache-2.0 OR Zlib)", "MIT OR Apache-2.0 OR Zlib"),
        ("MIT AND (Apache-2.0 AND (Zlib))", "MIT AND Apache-2.0 AND Zlib"),
        ("apache-2.0 With llvm-exception", "Apache-2.0 WITH LLVM-exception"),
        ("apache-2.0+", "Apache-2.0+"),
        ("LicenseRef-MIT", "LicenseRef-MIT"),
        (
            "LicenseRef-mit and DocumentRef-And:LicenseRef-Or",
            "LicenseRef-mit AND DocumentRef-And:LicenseRef-Or",
        ),
        ("MIT with DocumentRef-d:AdditionRef-e", "MIT WITH DocumentRef-d:AdditionRef-e"),
        ("none", "NONE"),
        ("NoAssertion", "NOASSERTION"),
    ] {
        assert_eq!(canonical(typed), expected, "{typed}");
        assert_eq!(Licence::parse_canonical(expected), Licence::parse(typed));
        if typed != expected {
            assert!(Licence::parse_canonical(typed).is_err(), "{typed} must not decode");
        }
    }
}

#[test]
fn parse_canonical_names_the_spelling_it_wants() {
    let error = Licence::parse_canonical("MIT or Apache-2.0").unwrap_err();
    assert_eq!(error, LicenceError::NotCanonical { canonical: "MIT OR Apache-2.0".into() });
}

#[test]
fn wrong_expressions_are_refused_with_a_reason() {
    for (text, reason) in [
        ("", "empty licence expression"),
        ("  ", "empty licence expression"),
        ("CC-BY-40", "unknown SPDX id `CC-BY-40`"),
        ("MIT OR proprietary", "unknown SPDX id `proprietary`"),
        ("NONE OR MIT", "unknown SPDX id `NONE`"),
        ("licenseref-x", "unknown SPDX id `licenseref-x`"),
        ("GPL-2.0", "deprecated SPDX id `GPL-2.0`"),
        ("MIT OR NOASSERTION", "unknown SPDX id `NOASSERTION`"),
        ("NOASSERTION+", "unknown SPDX id `NOASSERTION`"),
        ("LicenseRef-", "reference without a name"),
        ("DocumentRef-:LicenseRef-x", "reference without a name"),
        ("MIT WITH AdditionRef-", "reference without a name"),
        ("MIT AND", "malformed"),
        ("OR MIT", "malformed"),
        ("MIT Apache-2.0", "malformed"),
        ("(MIT", "malformed"),
        ("MIT)", "malformed"),
        ("()", "malformed"),
        ("MIT +", "malformed"),
        ("GPL-2.0-only+", "malformed"),
        ("MIT/Apache-2.0", "malformed"),
        ("MIT WITH Apache-2.0", "malformed"),
        ("LicenseRef-a_b", "malformed"),
        ("LicenseRef-a:b", "unknown SPDX id `:b`"),
        ("MIT\0", "malformed"),
        ("MÏT", "licence expression is not ASCII"),
    ] {
        let shown =
            Licence::parse(text).map(|licence| licence.to_string()).map_err(|error| error.to_string());
        assert!(shown.as_ref().is_err_and(|error| error.contains(reason)), "{text:?}: {shown:?}");
        assert!(Licence::parse_canonical(text).is_err(), "{text:?}");
    }
}

#[test]
fn length_is_bounded_before_and_after_spelling() {
    let longest = format!("LicenseRef-{}", "x".repeat(MAX_LICENCE_BYTES - 11));
    assert_eq!(canonical(&longest), longest);
    assert_eq!(Licence::parse(&format!("{longest}x")), Err(LicenceError::TooLong { len: 257 }));

    let packed = format!("MIT AND(MIT OR LicenseRef-{})", "x".repeat(MAX_LICENCE_BYTES - 27));
    assert_eq!(packed.len(), MAX_LICENCE_BYTES);
    assert_eq!(Licence::parse(&packed), Err(LicenceError::TooLong { len: 257 }));
}

#[test]
fn hostile_nesting_is_only_long() {
    let deep = format!("{}MIT{}", "(".repeat(126), ")".repeat(126));
    assert_eq!(canonical(&deep), "MIT");
    assert!(Licence::parse(&"(".repeat(MAX_LICENCE_BYTES)).is_err());
}

#[test]
fn the_short_cut_answers_as_the_long_way_does() {
    let listed = spdx::identifiers::LICENSES.iter().map(|licence| licence.name.to_owned());
    let own = ["LicenseRef-a", "LicenseRef-A.b-9", "LicenseRef--", "LicenseRef-.", "LicenseRef-MIT"];
    let mut short = 0;
    for text in listed.chain(own.map(str::to_owned)) {
        let Some(known) = Licence::known(&text) else { continue };
        if known == Licence::NOASSERTION {
            continue;
        }
        let (long, class) = spdx_text::canonical(&text).unwrap();
        assert_eq!((known.as_str(), known.class()), (long.as_str(), class), "{text}");
        short += 1;
    }
    assert_eq!(short, 24 + own.len(), "every common id but NONE and NOASSERTION is listed");
}

#[test]
fn every_current_id_is_its_own_spelling_and_is_found_in_any_case() {
    for listed in spdx::identifiers::LICENSES {
        let deprecated = listed.flags & spdx::flags::IS_DEPRECATED != 0;
        let licence = Licence::parse_canonical(listed.name);
        assert_eq!(licence.is_ok(), !deprecated, "{}", listed.name);
        assert_eq!(Licence::parse(&listed.name.to_lowercase()).ok(), licence.ok(), "{}", listed.name);
    }
}

#[test]
fn constants_are_what_parsing_gives() {
    assert_eq!(Licence::parse_canonical("NONE"), Ok(Licence::NONE));
    assert_eq!(Licence::parse_canonical("NOASSERTION"), Ok(Licence::NOASSERTION));
    assert_eq!(Licence::NONE.bucket(), "NONE");
}

/// A generator of expressions whose class and meaning are known by construction, from a seed.
struct Grammar(u64);

impl Grammar {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    /// An operand, and its class by the letter.
    fn operand(&mut self) -> (String, Revocability) {
        let (text, class) = [
            ("CC-BY-4.0", Revocability::Irrevocable),
            ("cdla-sharing-1.0", Revocability::IrrevocableExceptBreach),
            ("ODbL-1.0+", Revocability::TermOfRights),
            ("mit", Revocability::Silent),
            ("LicenseRef-x.1", Revocability::Contract),
            ("Apache-2.0 with LLVM-exception", Revocability::Irrevocable),
        ][self.next(6)];
        (text.to_owned(), class)
    }

    fn expression(&mut self, depth: usize) -> (String, Revocability) {
        if depth == 0 || self.next(4) == 0 {
            return self.operand();
        }
        let ((left, l), (right, r)) = (self.expression(depth - 1), self.expression(depth - 1));
        let space = [" ", "  ", "\t"][self.next(3)];
        match self.next(2) {
            0 => (format!("({left}){space}or{space}({right})"), l.min(r)),
            _ => (format!("({left}){space}AND{space}({right})"), l.max(r)),
        }
    }
}

#[test]
fn random_expressions_have_the_class_of_their_tree_and_one_spelling() {
    let (mut kept, mut nested) = (0, 0);
    for seed in 0..4_000 {
        let (text, class) = Grammar(seed).expression(4);
        let licence = match Licence::parse(&text) {
            Err(LicenceError::TooLong { .. }) => continue,
            parsed => parsed.unwrap(),
        };
        assert_eq!(licence.class(), class, "seed {seed}: {text}");
        assert_eq!(Licence::parse_canonical(licence.as_str()).as_ref(), Ok(&licence), "seed {seed}");
        assert_eq!(Licence::parse(licence.as_str()).as_ref(), Ok(&licence), "seed {seed}");
        kept += 1;
        nested += usize::from(licence.as_str().contains("AND ("));
    }
    assert!(kept > 2_000 && nested > 200, "{kept} {nested}");
}

#[test]
fn swapping_operands_keeps_the_class() {
    for seed in 0..500 {
        let mut grammar = Grammar(seed);
        let ((a, _), (b, _), (c, _)) = (grammar.expression(1), grammar.expression(1), grammar.expression(1));
        for operator in ["AND", "OR"] {
            let whole = |x: &str, y: &str| class(&format!("({x}) {operator} ({y})"));
            assert_eq!(whole(&a, &b), whole(&b, &a));
            let left = class(&format!("(({a}) {operator} ({b})) {operator} ({c})"));
            let right = class(&format!("({a}) {operator} (({b}) {operator} ({c}))"));
            assert_eq!(left, right);
        }
    }
}
