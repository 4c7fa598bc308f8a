//! The suite of records on PostgreSQL, and what only this engine promises: to several processes at once, and while its
//! server is away.

mod suite;

use async_trait::async_trait;
use store::{PostgresSettings, Store};
use testkit::Postgres;

use suite::{Engine, suite};

async fn connect(server: &Postgres) -> Store {
    Store::connect(&server.url(), PostgresSettings::default()).await.expect("connects")
}

#[async_trait]
impl Engine for Postgres {
    async fn open(&self) -> Store {
        connect(self).await
    }

    async fn execute(&self, statement: &str) {
        self.sql(statement);
    }

    async fn set_trap(&self) {
        self.sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE EXCEPTION 'unlucky'; END $$;
             CREATE TRIGGER unlucky BEFORE INSERT ON jobs FOR EACH ROW WHEN (NEW.id LIKE '%00000d')
                 EXECUTE FUNCTION refuse()",
        );
    }
}

suite!(Postgres::start().await);
