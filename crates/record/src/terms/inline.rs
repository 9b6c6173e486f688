//! Short ASCII strings without an allocation: a header has several, and headers are decoded by the million.

/// At most `N` bytes of ASCII without NUL; `N` is at most 255.
///
/// The tail is zero, so comparing the bytes orders the strings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Inline<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Inline<N> {
    pub(super) const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    /// Appends one character; false, with nothing changed, if it is not ASCII, is NUL, or there is no room.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        let fits = byte.is_ascii() && byte != 0 && self.len < u8::MAX;
        let Some(slot) = self.bytes.get_mut(usize::from(self.len)).filter(|_| fits) else {
            return false;
        };
        *slot = byte;
        self.len += 1;
        true
    }

    /// Returns the text, or nothing if it is too long, not ASCII or contains NUL.
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut out = Self::EMPTY;
        text.bytes().all(|byte| out.push(byte)).then_some(out)
    }

    pub(super) fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.len)).and_then(|held| str::from_utf8(held).ok());
        text.expect("`push` admits ASCII only and counts what it wrote")
    }
}

/// Gives a newtype over [`Inline`] the traits that every word of a vocabulary has.
macro_rules! word {
    ($name:ident, $error:ident) => {
        impl $name {
            /// Returns the canonical spelling.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }
    };
}
pub(super) use word;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_takes_up_to_its_size_and_ascii_only() {
        assert_eq!(Inline::<3>::new("abc").unwrap().as_str(), "abc");
        assert_eq!(Inline::<3>::new("").unwrap().as_str(), "");
        assert!(Inline::<3>::new("abcd").is_none());
        assert!(Inline::<3>::new("é").is_none());
        assert!(Inline::<3>::new("a\0").is_none());
    }

    #[test]
    fn inline_orders_like_str() {
        let words = ["", "a", "a-b", "ab", "b", "ba"];
        for left in words {
            for right in words {
                let (l, r) = (Inline::<3>::new(left).unwrap(), Inline::<3>::new(right).unwrap());
                assert_eq!(l.cmp(&r), left.cmp(right), "{left} {right}");
            }
        }
    }
}
