CREATE TABLE `push_subscriptions` (
	`sid` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`endpoint` text NOT NULL,
	`p256dh` text NOT NULL,
	`auth` text NOT NULL,
	`ends_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `pushes` (
	`chat_id` text NOT NULL,
	`sid` text NOT NULL,
	`seq` integer NOT NULL,
	`closing` integer NOT NULL,
	`pushed_at` integer NOT NULL,
	`until` integer NOT NULL,
	PRIMARY KEY(`chat_id`, `sid`)
);
