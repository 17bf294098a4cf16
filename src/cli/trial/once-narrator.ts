import type { UserClassModel } from '../../script/model/script-model.ts';
import type { OnceListener } from '../../script/run/once-plan.ts';
import type { UserMaker } from '../../script/run/user-maker.ts';
import { User } from '../../script/user/user.ts';
import type { TrialLines } from './trial-lines.ts';

/** Says which part of a user class a trial runs, and counts what its tasks throw. */
export class OnceNarrator implements OnceListener {
  readonly #model: UserClassModel;
  readonly #lines: TrialLines;
  readonly #users: UserMaker;

  constructor(model: UserClassModel, lines: TrialLines, users: UserMaker) {
    this.#model = model;
    this.#lines = lines;
    this.#users = users;
  }

  /** The user is about to start: `onStart` is first, where the class has one. */
  userStarts(): void {
    const { name, UserClass } = this.#model;
    if (UserClass.prototype.onStart !== User.prototype.onStart)
      this.#lines.print(`${name}.onStart`);
  }

  taskBegins(task: string): void {
    this.#lines.print(`${this.#model.name}.${task}`);
  }

  taskThrew(thrown: unknown, task: string): void {
    this.#users.report(thrown, `${this.#model.name}.${task}`);
  }

  tasksEnd(): void {
    const { name, UserClass } = this.#model;
    if (UserClass.prototype.onStop !== User.prototype.onStop) this.#lines.print(`${name}.onStop`);
  }
}
