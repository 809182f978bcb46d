CREATE TABLE `presence` (
	`k` integer PRIMARY KEY NOT NULL,
	`shown` integer NOT NULL,
	`last_seen_at` integer,
	`watchers` text NOT NULL
);
