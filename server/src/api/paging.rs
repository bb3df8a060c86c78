//! Lists in pages: `limit`, an opaque `cursor`, and where the next page is.

use serde::Serialize;

use super::endpoint::ParameterKind;
use super::query::QueryValues;
use super::{ApiError, Parameter};

/// Entries of a page unless the request says otherwise.
const USUAL: i64 = 50;
/// The most that it may ask for.
const MOST: i64 = 100;

/// The parameter that says how many entries a page has.
pub const LIMIT: Parameter = Parameter {
    name: "limit",
    about: "How many entries the page has at most; 50 unless given.",
    kind: ParameterKind::Integer { least: 1, most: MOST },
};

/// The parameter that says where a page begins.
pub const CURSOR: Parameter = Parameter {
    name: "cursor",
    about: "Where the page begins: `next` of the page before.",
    kind: ParameterKind::Text,
};

/// The parameters of a list that has no others.
pub const PAGED: &[Parameter] = &[LIMIT, CURSOR];

/// Which page was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The most entries.
    pub limit: u32,
    /// The text that the cursor stands for.
    pub after: Option<String>,
}

impl PageRequest {
    /// The page that a query asks for.
    ///
    /// # Errors
    /// 400 for a cursor that we didn't make.
    pub fn of(query: &QueryValues) -> Result<Self, ApiError> {
        let after = query.get(CURSOR.name).map(open).transpose()?;
        let limit = query.integer(LIMIT.name).unwrap_or(USUAL);
        Ok(Self { limit: u32::try_from(limit).unwrap_or(1), after })
    }

    /// One entry more than the page has: it tells whether there is a next page.
    #[must_use]
    pub fn one_more(&self) -> u32 {
        self.limit.saturating_add(1)
    }

    /// The cursor's two halves, apart by a colon, each read as its type.
    ///
    /// # Errors
    /// 400 when they can't be.
    pub fn after_pair<A, B>(&self) -> Result<Option<(A, B)>, ApiError>
    where
        A: core::str::FromStr,
        B: core::str::FromStr,
    {
        let Some(text) = &self.after else { return Ok(None) };
        let read = |text: &str| -> Option<(A, B)> {
            let (first, second) = text.split_once(':')?;
            Some((first.parse().ok()?, second.parse().ok()?))
        };
        read(text).map(Some).ok_or_else(bad_cursor)
    }

    /// The cursor's three parts, as [`PageRequest::after_pair`].
    ///
    /// # Errors
    /// 400 when they can't be.
    pub fn after_three<A, B, C>(&self) -> Result<Option<(A, B, C)>, ApiError>
    where
        A: core::str::FromStr,
        B: core::str::FromStr,
        C: core::str::FromStr,
    {
        let Some(text) = &self.after else { return Ok(None) };
        let read = |text: &str| -> Option<(A, B, C)> {
            let (first, rest) = text.split_once(':')?;
            let (second, third) = rest.split_once(':')?;
            Some((first.parse().ok()?, second.parse().ok()?, third.parse().ok()?))
        };
        read(text).map(Some).ok_or_else(bad_cursor)
    }

    /// The cursor, read as its type.
    ///
    /// # Errors
    /// 400 when it can't be.
    pub fn after_one<A: core::str::FromStr>(&self) -> Result<Option<A>, ApiError> {
        let Some(text) = &self.after else { return Ok(None) };
        text.parse().map(Some).map_err(|_| bad_cursor())
    }

    /// Cuts the one entry too many that tells whether there is a next page, and gives the page.
    /// `place` is the text that its cursor stands for.
    pub fn page<T, R: From<T>>(
        &self,
        mut entries: Vec<T>,
        place: impl Fn(&T) -> String,
    ) -> ListOf<R> {
        let size = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = entries.len() > size;
        entries.truncate(size);
        let next = entries.last().filter(|_| more).map(|last| cursor(&place(last)));
        ListOf { items: entries.into_iter().map(R::from).collect(), next }
    }
}

/// A page of a list.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[cfg_attr(not(target_arch = "wasm32"), schemars(rename = "ListOf{T}"))]
pub struct ListOf<T> {
    /// The entries.
    pub items: Vec<T>,
    /// The cursor of the next page; null on the last.
    pub next: Option<String>,
}

/// The cursor that stands for this place.
#[must_use]
pub fn cursor(place: &str) -> String {
    hex::encode(place)
}

fn open(cursor: &str) -> Result<String, ApiError> {
    let bytes = hex::decode(cursor).map_err(|_| bad_cursor())?;
    let text = String::from_utf8(bytes).map_err(|_| bad_cursor())?;
    // A number that the database wouldn't carry exactly is in none of ours.
    let exact = |part: &str| part.parse().is_ok_and(|number: i64| number.unsigned_abs() < 1 << 53);
    let is_number = |part: &&str| part.bytes().all(|b| b.is_ascii_digit() || b"+-".contains(&b));
    let fits = text.split(':').filter(is_number).all(exact);
    if fits { Ok(text) } else { Err(bad_cursor()) }
}

fn bad_cursor() -> ApiError {
    ApiError::bad_query("malformed_cursor", CURSOR.name)
}
