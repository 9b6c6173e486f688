//! A strict reader of RFC 9651 dictionaries, as far as AIPREF needs one.
//!
//! It checks the whole grammar, since one mistake anywhere voids the field, and keeps of each member only
//! whether it is a token: the only kind of value a usage preference has. Nothing recurses: inner lists do not nest.

/// The longest field read, in bytes; a longer one counts as malformed.
pub(super) const MAX_FIELD_BYTES: usize = 1024;

/// One member of a dictionary in the order written; a key may come again, and the last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member<'a> {
    pub(super) key: &'a str,
    /// The value if it is a bare token, with its parameters left out.
    pub(super) token: Option<&'a str>,
}

/// Returns the members of a dictionary, or nothing if the field is malformed or longer than [`MAX_FIELD_BYTES`].
pub(super) fn dictionary(field: &str) -> Option<Vec<Member<'_>>> {
    if field.len() > MAX_FIELD_BYTES || !field.is_ascii() {
        return None;
    }
    // Spaces around the field are not part of it (§4.2, steps 2 and 7); a tab there is an error.
    let mut reader = Reader { rest: field.trim_matches(' ') };
    let mut members = Vec::new();
    if reader.rest.is_empty() {
        return Some(members);
    }
    loop {
        members.push(reader.member()?);
        reader.skip(is_optional_space);
        if reader.rest.is_empty() {
            return Some(members);
        }
        reader.expect(',')?;
        // A trailing comma leaves nothing to read, and `member` fails for want of a key.
        reader.skip(is_optional_space);
    }
}

fn is_optional_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// What is left of a field. Every method takes what it names off the front, or returns nothing.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(c)
    }

    fn take_if(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, wanted: char) -> Option<()> {
        self.take_if(wanted).then_some(())
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip(&mut self, drop: impl Fn(char) -> bool) {
        self.take_while(drop);
    }

    fn member(&mut self) -> Option<Member<'a>> {
        let key = self.key()?;
        let token = if self.take_if('=') { self.item_or_list()? } else { None };
        self.parameters()?;
        Some(Member { key, token })
    }

    fn key(&mut self) -> Option<&'a str> {
        self.peek().filter(|c| c.is_ascii_lowercase() || *c == '*')?;
        Some(self.take_while(|c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.' | '*')
        }))
    }

    fn parameters(&mut self) -> Option<()> {
        while self.take_if(';') {
            self.skip(|c| c == ' ');
            self.key()?;
            if self.take_if('=') {
                self.bare_item()?;
            }
        }
        Some(())
    }

    fn item_or_list(&mut self) -> Option<Option<&'a str>> {
        if self.take_if('(') { self.inner_list().map(|()| None) } else { self.bare_item() }
    }

    fn inner_list(&mut self) -> Option<()> {
        loop {
            self.skip(|c| c == ' ');
            if self.take_if(')') {
                return Some(());
            }
            self.bare_item()?;
            self.parameters()?;
            self.peek().filter(|c| matches!(c, ' ' | ')'))?;
        }
    }

    /// The outer option says whether an item could be read, the inner one holds it if it is a token.
    fn bare_item(&mut self) -> Option<Option<&'a str>> {
        match self.peek()? {
            c if c.is_ascii_alphabetic() || c == '*' => return Some(Some(self.token())),
            c if c.is_ascii_digit() || c == '-' => self.number().map(drop)?,
            '"' => self.string()?,
            ':' => self.byte_sequence()?,
            '?' => self.boolean()?,
            '@' => self.date()?,
            '%' => self.display_string()?,
            _ => return None,
        }
        Some(None)
    }

    fn token(&mut self) -> &'a str {
        self.take_while(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c))
    }

    /// An integer of up to 15 digits, or a decimal of up to 12 and 3; says whether it is an integer.
    fn number(&mut self) -> Option<bool> {
        self.take_if('-');
        let whole = self.take_while(|c| c.is_ascii_digit()).len();
        if !self.take_if('.') {
            return (1..=15).contains(&whole).then_some(true);
        }
        let fraction = self.take_while(|c| c.is_ascii_digit()).len();
        ((1..=12).contains(&whole) && (1..=3).contains(&fraction)).then_some(false)
    }

    fn date(&mut self) -> Option<()> {
        self.expect('@')?;
        self.number()?.then_some(())
    }

    fn boolean(&mut self) -> Option<()> {
        self.expect('?')?;
        matches!(self.take()?, '0' | '1').then_some(())
    }

    fn string(&mut self) -> Option<()> {
        self.expect('"')?;
        loop {
            match self.take()? {
                '"' => return Some(()),
                '\\' => drop(self.take().filter(|c| matches!(c, '"' | '\\'))?),
                ' '..='~' => {}
                _ => return None,
            }
        }
    }

    /// Base64 between colons; padding may be left out.
    fn byte_sequence(&mut self) -> Option<()> {
        self.expect(':')?;
        let data = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/')).len();
        let padding = self.take_while(|c| c == '=').len();
        self.expect(':')?;
        let padded = padding == 0 || (data % 4 > 1 && (data + padding).is_multiple_of(4));
        (data % 4 != 1 && padded).then_some(())
    }

    /// Percent-encoded UTF-8 in quotes after a `%`.
    fn display_string(&mut self) -> Option<()> {
        self.expect('%')?;
        self.expect('"')?;
        let mut text = Vec::new();
        loop {
            match self.take()? {
                '"' => return str::from_utf8(&text).ok().map(drop),
                '%' => text.push(self.lower_hex()? << 4 | self.lower_hex()?),
                c @ ' '..='~' => text.push(u8::try_from(c).ok()?),
                _ => return None,
            }
        }
    }

    fn lower_hex(&mut self) -> Option<u8> {
        let digit = self.take().filter(|c| !c.is_ascii_uppercase())?.to_digit(16)?;
        u8::try_from(digit).ok()
    }
}

#[cfg(test)]
mod tests;
