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
        if self.reader == Some(id) {
            return words::YOU.to_owned();
        }
        let person = self.people.iter().find(|person| person.id == id);
        person.map_or_else(|| words::FORMER.to_owned(), |person| person.name.clone())
    }
}
