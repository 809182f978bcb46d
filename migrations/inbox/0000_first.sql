CREATE TABLE `chats` (
	`chat_id` text PRIMARY KEY NOT NULL,
	`room_rev` integer NOT NULL,
	`rev` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`facts` text NOT NULL,
	`removed` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `ended_sessions` (
	`sid` text PRIMARY KEY NOT NULL,
	`ended_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `open_rooms` (
	`sid` text NOT NULL,
	`chat_id` text NOT NULL,
	PRIMARY KEY(`sid`, `chat_id`)
);
