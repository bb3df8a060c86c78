//! Names beside what people did.

use domain::ids::UserId;
use domain::views::Person;

use crate::page::Loaded;
use crate::text::people as words;

/// The workspace's members, as one of them reads about them.
#[derive(Clone, Debug, Default)]
pub struct People {
    people: Vec<Person>,
    reader: Option<UserId>,
}

impl People {
    /// The members, read by whoever asked for the page.
    #[must_use]
    pub fn of(page: &Loaded, people: &[Person]) -> Self {
        Self { people: people.to_vec(), reader: page.member().map(|member| member.user) }
    }

    /// A person's name where a sentence begins: the reader is "You".
    #[must_use]
    pub fn name(&self, id: UserId) -> String {
        self.told(id, words::YOU, words::FORMER)
    }

    /// A person's name within a sentence: the reader is "you".
    #[must_use]
    pub fn name_within(&self, id: UserId) -> String {
        self.told(id, words::YOU_WITHIN, words::FORMER_WITHIN)
    }

    fn told(&self, id: UserId, reader: &str, former: &str) -> String {
        if self.reader == Some(id) {
            return reader.to_owned();
        }
        let person = self.people.iter().find(|person| person.id == id);
        person.map_or_else(|| former.to_owned(), |person| person.name.clone())
    }
}
