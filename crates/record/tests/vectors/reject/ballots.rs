//! Ballots, votes, reveals, closes and mandates that break a rule or a limit.

use commonwheel_record::Control;
use commonwheel_record::control::{Ballot, Content, Mandate, Reveal, Vote};

use super::List;
use crate::item::{Item, NULL, text};
use crate::samples::{
    BALLOT, ballot, close, collective, commitment, control, control_leaf, record, release, witnessed,
};

const CODE: &str = "the code has no meaning in this version";
const ITEMS: &str = "an array has exactly the items of its table";
const BUCKET: &str = "the body of a control record has at most 4,096 bytes";

pub(super) fn list() -> List {
    let mut list = List::of("leaf");
    ballots(&mut list);
    proposals(&mut list);
    votes(&mut list);
    heads(&mut list);
    closes(&mut list);
    list
}

fn ballot_leaf() -> Vec<u8> {
    control_leaf(control(Content::Ballot(Box::new(ballot()))))
}

fn close_leaf() -> Vec<u8> {
    control_leaf(Control::new(Some(collective()), Content::Close(Box::new(close()))))
}

fn array(count: u64, make: impl Fn(u64) -> Item) -> Item {
    Item::Array((0..count).map(make).collect())
}

fn id(at: u64) -> Item {
    Item::Bytes(vec![u8::try_from(at).expect("few ids"); 32])
}

fn ballots(list: &mut List) {
    let base = ballot_leaf();
    let plain = "a question is 1 to 512 bytes of plain text";
    let row = |at| Item::Array(vec![id(at), Item::Uint(1)]);
    let closes = ballot().closes;
    let revealed = "choices are revealed after the ballot closes";
    let called = "every control record but a genesis charter names its collective";
    let mut edit = |path: &[usize], item, name, reason| list.edit(&base, path, item, "rule", name, reason);
    edit(&[2, 1, 0], text(""), "ballot without a question", plain);
    edit(&[2, 1, 0], text(&"q".repeat(513)), "question of 513 bytes", plain);
    edit(&[2, 1, 0], text("Yes?\nNo."), "question of two lines", plain);
    edit(&[2, 1, 0], text("\u{202e}?seY"), "question that turns the writing around", plain);
    edit(&[2, 1, 2], Item::Uint(closes), "ballot that closes as it opens", "it closes after it opens");
    edit(
        &[2, 1, 2],
        Item::Uint(closes + 1),
        "ballot that closes before it opens",
        "it closes after it opens",
    );
    edit(&[2, 1, 4], Item::Uint(closes), "choices revealed as the ballot closes", revealed);
    edit(&[2, 1, 4], Item::Uint(closes - 1), "choices revealed while votes are cast", revealed);
    edit(&[2, 1, 6], array(17, row), "ballot with a cut of 17 feeds", "a cut names at most 16 feeds");
    edit(&[2, 0], NULL, "ballot of no collective", called);
    let petition = Ballot { petition: Some(commitment()), ..ballot() };
    let petition = control_leaf(control(Content::Ballot(Box::new(petition))));
    for (bucket, reason) in [(5, "the smallest bucket is 6"), (13, BUCKET)] {
        let name = format!("petition with length bucket {bucket}");
        list.edit(&petition, &[2, 1, 8, 1], Item::Uint(bucket), "rule", &name, reason);
    }
    let mut edit =
        |path: &[usize], item, name, reason| list.edit(&base, path, item, "unexpected", name, reason);
    edit(&[2, 1, 5], NULL, "ballot under no charter", "it names a charter");
    edit(&[2, 1, 7], NULL, "ballot of no roll", "it names a roll");
    edit(&[2, 1, 3], NULL, "ballot that does not close", "it closes");
    let mut short = Item::parse(&base);
    short.at(&[2, 1]).items().pop();
    list.add("ballot of 8 items", &short.bytes(), "unexpected", ITEMS);
}

fn proposals(list: &mut List) {
    let base = ballot_leaf();
    let lift = |_| Item::Array(vec![Item::Uint(1), Item::Array(vec![id(1), Item::Uint(9)])]);
    let four = "a ballot has 1 to 4 proposals";
    let limit = |records| Item::Array(vec![Item::Uint(4), Item::Uint(records)]);
    let new_only = "evaluation-only and preference-shift reach new records only";
    let party = |at| Item::Array(vec![Item::Uint(1), id(at)]);
    let row = |at| Item::Array(vec![id(at), Item::Uint(1)]);
    let mut edit = |path: &[usize], item, name, reason| list.edit(&base, path, item, "rule", name, reason);
    edit(&[2, 1, 1], array(0, lift), "ballot on nothing", four);
    edit(&[2, 1, 1], array(5, lift), "ballot on 5 proposals", four);
    let terms = &[2, 1, 1, 0, 1];
    let mut edit = |at: usize, item, name, reason| edit(&[&terms[..], &[at]].concat(), item, name, reason);
    edit(
        0,
        limit(5),
        "proposed rate limit that reaches all",
        "a rate limit reaches new or unreleased records",
    );
    edit(0, Item::Array(vec![Item::Uint(2)]), "proposed evaluation-only that reaches all", new_only);
    edit(3, array(17, row), "proposed cut of 17 feeds", "a cut names at most 16 feeds");
    edit(
        4,
        Item::Array(vec![Item::Uint(2), array(17, party)]),
        "proposed audience of 17",
        "an audience lists at most 16",
    );
    edit(5, Item::Uint(2), "proposal that leaves bodies open", "it leaves at most the header open");
    edit(6, text(&"d".repeat(513)), "proposed demand of 513 bytes", "a demand has at most 512 bytes");
    let third = Item::Array(vec![Item::Uint(2), NULL]);
    list.edit(&base, &[2, 1, 1, 0], third, "unexpected", "proposal 2", CODE);
    let mut short = Item::parse(&base);
    short.at(terms).items().pop();
    list.add("proposed terms of 6 items", &short.bytes(), "unexpected", ITEMS);
    let embargo = super::embargo_leaf();
    let variant = Item::Array(vec![Item::Uint(4), Item::Uint(100)]);
    let reason = "a rate limit reaches new or unreleased records";
    list.edit(&embargo, &[2, 1, 0], variant, "rule", "rate limit that reaches all", reason);
}

fn votes(list: &mut List) {
    let unsigned = |content| control_leaf(Control::new(Some(collective()), content));
    let vote = unsigned(Content::Vote(Vote { ballot: BALLOT, vote: commitment() }));
    let reveal = unsigned(Content::Reveal(Reveal { ballot: BALLOT, reveal: commitment() }));
    for (name, base) in [("vote", &vote), ("reveal", &reveal)] {
        for (bucket, reason) in [(5, "the smallest bucket is 6"), (13, BUCKET)] {
            let name = format!("{name} with length bucket {bucket}");
            list.edit(base, &[2, 1, 1, 1], Item::Uint(bucket), "rule", &name, reason);
        }
        list.edit(base, &[2, 1, 0], NULL, "unexpected", &format!("{name} in no ballot"), "it names a ballot");
        let mut short = Item::parse(base);
        short.at(&[2, 1]).items().pop();
        list.add(format!("{name} of 1 item"), &short.bytes(), "unexpected", ITEMS);
    }
    let mandate = unsigned(Content::Mandate(Mandate { ballot: BALLOT, close: record(60) }));
    list.edit(&mandate, &[2, 1, 1], NULL, "unexpected", "mandate without a close", "it names a close");
}

fn witnessed_item(feed: u8, stamps: u8) -> Item {
    Item::parse(&commonwheel_record::control::encode(&witnessed(feed, stamps)))
}

/// The rules of witnessed heads, wherever they stand.
fn heads(list: &mut List) {
    let base = close_leaf();
    let five = "1 to 5 witnessed heads";
    let order = "heads are in ascending order of their feeds, each once";
    let mut edit = |item, name, reason| list.edit(&base, &[2, 1, 1], item, "rule", name, reason);
    let heads = |feeds: &[u8]| Item::Array(feeds.iter().map(|feed| witnessed_item(*feed, 1)).collect());
    edit(heads(&[]), "close without heads", five);
    edit(heads(&[1, 2, 3, 4, 5, 6]), "close with 6 heads", five);
    edit(heads(&[2, 1]), "heads out of order", order);
    edit(heads(&[1, 1]), "a feed's head twice", order);
    let crowded = Item::Array(vec![witnessed_item(1, 17)]);
    edit(crowded, "head with 17 cosignatures", "at most 16 cosignatures of a head");
    let mut swapped = Item::parse(&base);
    swapped.at(&[2, 1, 1, 0, 1]).items().reverse();
    let reason = "cosignatures are in ascending order of the key";
    list.add("cosignatures out of order", &swapped.bytes(), "not-canonical", reason);
    let mut dated = release();
    dated.dated_by = Some(witnessed(1, 17));
    let leaf = control_leaf(control(Content::Release(dated)));
    list.add("release dated by 17 cosignatures", &leaf, "rule", "at most 16 cosignatures of a head");
    let release = super::release_leaf();
    let note = text("a note");
    list.edit(&release, &[2, 1, 3], note, "unexpected", "release dated by a text", "it is a witnessed head");
}

fn closes(list: &mut List) {
    let base = close_leaf();
    let tally = array(3, Item::Uint);
    list.edit(&base, &[2, 1, 2], tally, "unexpected", "tally of 3 items", ITEMS);
    list.edit(&base, &[2, 1, 2, 1], Item::Simple(21), "unexpected", "yes as a boolean", "it is a number");
    list.edit(&base, &[2, 1, 0], NULL, "unexpected", "close of no ballot", "it names a ballot");
    let mut large = close();
    large.heads = (1..=5).map(|feed| witnessed(feed, 7)).collect();
    let leaf = control_leaf(Control::new(Some(collective()), Content::Close(Box::new(large))));
    list.add(
        "close of 5 heads with 7 cosignatures each",
        &leaf,
        "too-long",
        "a leaf has at most 4,096 bytes",
    );
}
