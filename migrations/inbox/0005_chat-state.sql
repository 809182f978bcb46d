CREATE TABLE `inbox` (
	`k` integer PRIMARY KEY NOT NULL,
	`epoch` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `chats` ADD `hidden` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `muted_until` integer;--> statement-breakpoint
ALTER TABLE `chats` ADD `pinned` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `archived` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `unread` integer;--> statement-breakpoint
ALTER TABLE `chats` ADD `delivered_seq` integer DEFAULT 0 NOT NULL;