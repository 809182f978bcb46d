CREATE TABLE `jobs` (
	`kind` text NOT NULL,
	`key` text NOT NULL,
	`due` integer NOT NULL,
	`tries` integer NOT NULL,
	`generation` integer NOT NULL,
	PRIMARY KEY(`kind`, `key`)
);
--> statement-breakpoint
INSERT INTO `jobs`(`kind`, `key`, `due`, `tries`, `generation`) SELECT 'end_session', o.`sid` || ' ' || o.`chat_id`, e.`ended_at`, 0, 0 FROM `open_rooms` o JOIN `ended_sessions` e ON e.`sid` = o.`sid`;
--> statement-breakpoint
DELETE FROM `open_rooms` WHERE `sid` IN (SELECT `sid` FROM `ended_sessions`);
