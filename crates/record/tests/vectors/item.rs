//! CBOR items as a tree, to cut vectors from: written apart from the crate, and able to hold what it refuses.

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Uint(u64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Simple(u8),
    /// Bytes that stand as they are, an item or not.
    Raw(Vec<u8>),
}

pub(crate) const NULL: Item = Item::Simple(22);

/// Returns bytes of hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("the vectors hold hexadecimal digits");
    (0..text.len()).step_by(2).map(pair).collect()
}

/// Returns an item that is these bytes.
pub(crate) fn raw(text: &str) -> Item {
    Item::Raw(unhex(text))
}

pub(crate) fn text(text: &str) -> Item {
    Item::Text(text.to_owned())
}

impl Item {
    /// Reads canonical bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        let item = Self::next(&mut rest);
        assert!(rest.is_empty(), "one item and nothing behind it");
        item
    }

    fn next(rest: &mut &[u8]) -> Self {
        let first = take(rest, 1)[0];
        let argument = match first & 31 {
            low @ 0..=23 => u64::from(low),
            low => take(rest, 1 << (low - 24)).iter().fold(0, |value, byte| value << 8 | u64::from(*byte)),
        };
        let len = usize::try_from(argument).unwrap_or(usize::MAX);
        match first >> 5 {
            0 => Self::Uint(argument),
            2 => Self::Bytes(take(rest, len).to_vec()),
            3 => Self::Text(String::from_utf8(take(rest, len).to_vec()).expect("canonical text")),
            4 => Self::Array((0..len).map(|_| Self::next(rest)).collect()),
            5 => Self::Map((0..len).map(|_| (Self::next(rest), Self::next(rest))).collect()),
            7 => Self::Simple(first & 31),
            major => panic!("major type {major} is not canonical"),
        }
    }

    /// Writes the item, with shortest heads wherever it is not raw.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Uint(value) => head(out, 0, *value),
            Self::Bytes(bytes) => {
                head(out, 2, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                head(out, 3, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
            Self::Array(items) => {
                head(out, 4, items.len() as u64);
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(pairs) => {
                head(out, 5, pairs.len() as u64);
                pairs.iter().flat_map(|(key, value)| [key, value]).for_each(|item| item.write(out));
            }
            Self::Simple(value) => head(out, 7, u64::from(*value)),
            Self::Raw(bytes) => out.extend_from_slice(bytes),
        }
    }

    /// Returns the item at a path of positions in arrays.
    pub(crate) fn at(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |item, position| &mut item.items()[*position])
    }

    /// Returns an array's items.
    pub(crate) fn items(&mut self) -> &mut Vec<Self> {
        match self {
            Self::Array(items) => items,
            other => panic!("{other:?} is no array"),
        }
    }

    /// Writes the diagnostic notation of RFC 8949 §8.
    pub(crate) fn diagnostic(&self) -> String {
        let list = |items: Vec<String>| items.join(", ");
        match self {
            Self::Uint(value) => value.to_string(),
            Self::Bytes(bytes) | Self::Raw(bytes) => format!("h'{}'", hex(bytes)),
            Self::Text(text) => format!("{text:?}"),
            Self::Array(items) => format!("[{}]", list(items.iter().map(Self::diagnostic).collect())),
            Self::Map(pairs) => {
                let pair =
                    |(key, value): &(Self, Self)| format!("{}: {}", key.diagnostic(), value.diagnostic());
                format!("{{{}}}", list(pairs.iter().map(pair).collect()))
            }
            Self::Simple(20) => "false".to_owned(),
            Self::Simple(21) => "true".to_owned(),
            Self::Simple(22) => "null".to_owned(),
            Self::Simple(value) => format!("simple({value})"),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    commonwheel_record::hex::encode(bytes)
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(len);
    *rest = left;
    taken
}

fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let bytes = argument.to_be_bytes();
    let (low, tail) = match argument {
        0..=23 => (bytes[7], 8),
        24..=0xff => (24, 7),
        0x100..=0xffff => (25, 6),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 0),
    };
    out.push(major << 5 | low);
    out.extend_from_slice(&bytes[tail..]);
}
