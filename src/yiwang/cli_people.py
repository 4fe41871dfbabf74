"""`yiwang people …`: for whoever holds the server: a first password, and the way back in for a lost phone."""

from __future__ import annotations

from typing import Annotated

import typer

from yiwang.cli_common import out, running_system
from yiwang.network.actions_access import set_password
from yiwang.network.actions_factor import reset_factors
from yiwang.network.model import system
from yiwang.network.model_access import SetPassword
from yiwang.network.model_factor import ResetFactors
from yiwang.network.queries_actor import get_actor_by_login

people_app = typer.Typer(help="人员的登录 People's ways in.", no_args_is_help=True)
Login = Annotated[str, typer.Argument(help="登录名 login")]


@people_app.command("password")
def people_password(login: Login) -> None:
    """设置密码（在提示下输入，不显示）。 Set somebody's password, typed unseen."""
    password = typer.prompt("新密码 new password", hide_input=True, confirmation_prompt=True)
    with running_system() as running, running.database.transaction() as tx:
        set_password(tx, system("cli"), SetPassword(get_actor_by_login(tx, login).id, password))
    out.print("密码已设置，其所有登录已退出 The password is set; all their sessions have ended")


@people_app.command("reset")
def people_reset(login: Login) -> None:
    """取消其全部第二验证（手机丢失时）。 Take away all of somebody's second factors."""
    with running_system() as running, running.database.transaction() as tx:
        reset_factors(tx, system("cli"), ResetFactors(get_actor_by_login(tx, login).id))
    out.print("第二验证已重置，其所有登录已退出 The factors are gone; all their sessions have ended")
