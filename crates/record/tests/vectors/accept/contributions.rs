//! Contributions and submissions as leaves.

use std::collections::BTreeSet;

use commonwheel_record::limits::{
    MAX_ANCESTORS, MAX_EXTENSION, MAX_EXTENSIONS, MAX_LEAF, MAX_REGIONS, MAX_STEWARDS, MAX_TAGS,
};
use commonwheel_record::submission::Submission;
use commonwheel_record::terms::{Condition, Preference, Preferences, Region, Slug};
use commonwheel_record::{
    Attribution, CollectiveId, Commitment, Contribution, ContributionKind, Extensions, Leaf, Regions, Tier,
};

use super::List;
use crate::samples::{
    commitment, contribution, contribution_leaf, extensions, language, licence, many, record, region, slugs,
};

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    vocabularies(&mut list);
    terms(&mut list);
    limits(&mut list);
    extended(&mut list);
    let submission =
        |extensions| Leaf::Submission(Submission { commitment: commitment() }, extensions).encode();
    list.add("submission", &submission(Extensions::default()));
    list.add("submission with a critical extension", &submission(extensions([(3, b"?")])));
    list
}

/// Adds the sample contribution with one thing changed.
fn vary(list: &mut List, name: impl AsRef<str>, change: impl FnOnce(&mut Contribution)) {
    let mut varied = contribution();
    change(&mut varied);
    list.add(format!("contribution: {}", name.as_ref()), &contribution_leaf(varied));
}

fn vocabularies(list: &mut List) {
    for kind in ContributionKind::ALL {
        vary(list, format!("kind {kind}"), |c| {
            c.kind = *kind;
            if *kind == ContributionKind::Derived {
                c.ancestors = BTreeSet::from([record(0)]);
            }
        });
    }
    for tier in Tier::ALL.iter().filter(|tier| **tier != Tier::Private) {
        vary(list, format!("tier {tier}"), |c| c.tier = *tier);
    }
    for attribution in Attribution::ALL {
        vary(list, format!("attribution {attribution}"), |c| c.attribution = *attribution);
    }
    for condition in Condition::ALL {
        vary(list, format!("condition {condition}"), |c| c.conditions = BTreeSet::from([*condition]));
    }
    vary(list, "every condition", |c| c.conditions = Condition::ALL.iter().copied().collect());
    vary(list, "labelled", |c| c.labelled = true);
}

fn terms(list: &mut List) {
    let (allow, deny) = (Preference::Allow, Preference::Deny);
    let preferences = [
        ("train denied", Preferences { train: deny, ..Preferences::UNSET }),
        ("train allowed", Preferences { train: allow, ..Preferences::UNSET }),
        ("ai-use denied", Preferences { ai_use: deny, ..Preferences::UNSET }),
        ("search denied", Preferences { search: deny, ..Preferences::UNSET }),
        ("evaluate allowed, train denied", Preferences::EVALUATION_ONLY),
        ("tdm denied", Preferences { tdm: deny, ..Preferences::UNSET }),
        (
            "everything denied",
            Preferences { train: deny, ai_use: deny, search: deny, evaluate: deny, tdm: deny },
        ),
    ];
    for (name, value) in preferences {
        vary(list, format!("preference {name}"), |c| c.preferences = value);
    }
    for tag in
        ["und", "bbj", "pt-BR", "es-419", "zh-Hant-TW", "de-CH-1901", "zh-Hant-TW-aaaaaaaa-bbbbbbb-ccccccc"]
    {
        vary(list, format!("language {tag}"), |c| c.language = language(tag));
    }
    let longest = format!("LicenseRef-{}", "x".repeat(245));
    for expression in [
        "NONE",
        "NOASSERTION",
        "CC0-1.0",
        "CC-BY-4.0",
        "ODbL-1.0",
        "0BSD",
        "LicenseRef-terms-2026",
        "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2",
        "Apache-2.0 WITH LLVM-exception",
        "CDDL-1.0+",
        "CC-BY-4.0 OR LicenseRef-terms-2026",
        "CC-BY-4.0 AND LicenseRef-terms-2026",
        "(CC-BY-4.0 OR MIT) AND ODbL-1.0",
        "MIT OR CC-BY-4.0 AND ODbL-1.0",
        &longest,
    ] {
        vary(list, format!("licence {expression}"), |c| c.licence = licence(expression));
    }
}

fn limits(list: &mut List) {
    let two = |at: u8| {
        Region::parse_canonical(&format!("{}{}", char::from(b'A' + at / 26), char::from(b'A' + at % 26)))
    };
    let regions = || many(MAX_REGIONS, |at| two(at).expect("two capitals"));
    vary(list, "the longest slugs", |c| {
        (c.domain, c.importer) = (Slug::parse(&"d".repeat(32)).expect("a slug"), c.domain);
    });
    vary(list, "two tags", |c| c.tags = slugs(["10-b", "9"]));
    vary(list, "the most tags", |c| {
        c.tags = many(MAX_TAGS, |at| Slug::parse(&format!("t{at}")).expect("a slug"));
    });
    vary(list, "one region allowed, one denied", |c| {
        c.regions = Regions { allow: BTreeSet::from([region("KE")]), deny: BTreeSet::from([region("US")]) };
    });
    vary(list, "the most regions", |c| c.regions = Regions { allow: regions(), deny: regions() });
    vary(list, "the most stewards", |c| c.stewards = many(MAX_STEWARDS, |at| CollectiveId([at; 32])));
    vary(list, "the most ancestors", |c| {
        c.kind = ContributionKind::Derived;
        c.ancestors = many(MAX_ANCESTORS, |at| record(u64::from(at) * 100));
    });
    for bucket in [6, 20] {
        vary(list, format!("length bucket {bucket}"), |c| {
            c.commitment = Commitment { bucket, ..commitment() }
        });
    }
}

fn extended(list: &mut List) {
    let mut add = |name: &str, extensions: Extensions| {
        let leaf = Leaf::Contribution(Box::new(contribution()), extensions);
        list.add(format!("contribution: {name}"), &leaf.encode());
    };
    add("an extension", extensions([(2, b"\x01")]));
    add("a critical extension", extensions([(1, b"")]));
    add(
        "extensions whose keys have every width",
        extensions([(0, b"a"), (24, b"b"), (256, b"c"), (1 << 40, b"d")]),
    );
    let most = (0..MAX_EXTENSIONS as u64).map(|key| (2 * key, Vec::new())).collect();
    add("the most extensions", Extensions(most));
    add("the longest extension", extensions([(4, &[0xee; MAX_EXTENSION])]));
    add("the longest leaf", extensions_filling(MAX_LEAF));
}

/// Extensions that make the sample contribution exactly so long.
fn extensions_filling(len: usize) -> Extensions {
    let full = vec![0xee; MAX_EXTENSION];
    let with = |last: usize| {
        let values = [full.clone(), full.clone(), full.clone(), vec![0xee; last]];
        Extensions((0..).step_by(2).zip(values).collect())
    };
    let long = |extensions| Leaf::Contribution(Box::new(contribution()), extensions).encode().len();
    let shorter = long(with(300));
    with(300 + len - shorter)
}
